"""History by triggers: what each row was, and who changed it, in the same transaction (law 1).

Triggers also catch bulk updates and raw SQL. They work per statement, so that an import of
thousands of rows writes its history in one statement. All changes of one transaction carry one
instant, so a reader "as of" never sees half of a change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pghistory
from django.db import models

ModelT = TypeVar("ModelT", bound=type[models.Model])

CHANGED = "pgh_created_at"


def tracked(*lookups: str, exclude: tuple[str, ...] = ()) -> Callable[[ModelT], ModelT]:
    """Keep the history of a model in `<Model>History`, append-only.

    `lookups` are the columns by which history is read beside the object itself, such as the
    dataset of a column. `exclude` names caches that are not facts.
    """

    def decorate(model: ModelT) -> ModelT:
        name = model.__name__
        indexes = [
            models.Index(fields=[lookup, "pgh_obj", "-pgh_id"], name=f"{name.lower()}_h_{i}"[:30])
            for i, lookup in enumerate(lookups)
        ]
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            model_name=f"{name}History",
            exclude=[*exclude] or None,
            level=pghistory.Statement,
            append_only=True,
            context_field=pghistory.ContextJSONField(),
            context_id_field=cast(Any, None),  # pghistory takes None, its annotation does not
            obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
            meta={"indexes": indexes},
        )(model)

    return decorate

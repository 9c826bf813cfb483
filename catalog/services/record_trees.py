"""Records that stand in a tree: none stands below itself, and labels are called by their place."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model

from catalog.errors import InvalidInput
from catalog.models import Domain, Label


def check_place(record: Model) -> None:
    """Raises InvalidInput where a domain or label would stand below itself; call inside `writing`.

    One move at a time: two that each look first would close a circle together.
    """
    if not isinstance(record, Domain | Label) or record.pk is None or record.parent_id is None:
        return
    model = type(record)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [model._meta.db_table])
    above: set[int] = set()
    step: int | None = record.parent_id
    while step is not None and step not in above:
        if step == record.pk:
            raise InvalidInput(f"{record} cannot stand below itself.", field="parent")
        above.add(step)
        step = model._default_manager.filter(pk=step).values_list("parent_id", flat=True).first()


def renamed_below(record: Model) -> Iterator[Label]:
    """Each label below a label whose path is another one now, stored with its own new path.

    Raises InvalidInput where such a path is too long or taken.
    """
    if not isinstance(record, Label):
        return
    for child in record.children.order_by("pk"):
        path = f"{record.path} / {child.name}"
        if child.path == path:
            continue
        child.path = path
        try:
            child.full_clean()
        except ValidationError as error:
            said = " ".join(error.messages)
            raise InvalidInput(f"{path[:200]} below it: {said}", field="name") from error
        child.save(update_fields=["path"])
        yield child
        yield from renamed_below(child)

"""The history of a dataset: what changed, from what to what, by whom and why, and going back."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.errors import InvalidInput
from catalog.selectors.change_names import names_in
from catalog.selectors.history import Change, ChangePlace, FieldChange, changes_of
from catalog.services.curation.revert import REVERTED_FIELDS
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.wording import change_sentence, field_words, step_sentence, value_words
from catalog.web.presentation.query_strings import with_changes

Names = Mapping[tuple[str, Any], str]

ROWS_ON_A_PAGE = 200
ROWS_OF_A_STEP = 8  # an import can change thousands of columns at once
# Texts are compared word by word; everything else is shown as before and after.
_TEXTS = frozenset(
    {
        "declared_description",
        "harvested_description",
        "correction_policy",
        "deprecation_note",
        "definition_sql",
        "definition_source",
    }
)


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of a change in words; a text is shown as one text with its differences."""

    label: str
    before: str
    after: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change with its fields; `can_go_back` where its row holds facts that people declare."""

    change: Change
    sentence: str
    fields: tuple[ShownField, ...]
    can_go_back: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Everything that changed in one transaction; `left_out` counts what is not listed."""

    at: dt.datetime
    actor: str
    reason: str
    sentence: str
    changes: tuple[ShownChange, ...]
    left_out: int

    @property
    def is_many(self) -> bool:
        """Whether its changes need a heading each."""
        return len(self.changes) + self.left_out > 1

    @property
    def moment(self) -> str:
        """The instant as `?as_of=` takes it."""
        return self.at.isoformat()


@require_GET
def history(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/history/`, newest first; with `?as_of=` what had happened until then."""
    frame = frame_of(request, dataset_id)
    cursor = request.GET.get("cursor", "")
    after = _place(cursor, frame.at)
    changes = changes_of(frame.principal, dataset_id, after=after, limit=ROWS_ON_A_PAGE)
    steps = [list(step) for _, step in itertools.groupby(changes, key=lambda change: change.at)]
    is_cut = len(changes) == ROWS_ON_A_PAGE
    if is_cut and len(steps) > 1:
        steps.pop()  # the rows of this step go on beyond the page; the next page shows it whole
    names = names_in(frame.principal, changes)
    latest = next((change.history_id for change in changes if change.what == "dataset"), None)
    lists = dict(request.GET.lists())
    context = {
        **frame.context,
        "groups": [_step(step, None if cursor else latest, names) for step in steps],
        "may_go_back": frame.rights["description"].allowed,
        "next_href": with_changes(lists, {"cursor": str(steps[-1][-1].place)}) if is_cut else "",
        "previous_href": with_changes(lists, {"cursor": None}) if cursor else "",
    }
    return render(request, "catalog/dataset/history.html", context)


def _step(changes: Sequence[Change], latest: int | None, names: Names) -> Step:
    first = changes[0]
    ordered = sorted(changes, key=lambda change: change.what != "dataset")
    shown = tuple(_shown(change, latest, names) for change in ordered[:ROWS_OF_A_STEP])
    return Step(
        first.at,
        first.actor,
        first.reason,
        step_sentence(ordered, names),
        shown,
        len(changes) - len(shown),
    )


def _shown(change: Change, latest: int | None, names: Names) -> ShownChange:
    tells_itself = change.what in {"owner", "label"} or (
        change.verb == "insert" and change.what in {"dataset", "column"}
    )
    fields = () if tells_itself else change.fields
    can_go_back = (
        change.what == "dataset"
        and change.history_id != latest
        and (change.verb == "insert" or any(field.field in REVERTED_FIELDS for field in fields))
    )
    return ShownChange(
        change,
        change_sentence(change, names),
        tuple(shown for field in fields for shown in _fields(field, names)),
        can_go_back,
    )


def _fields(field: FieldChange, names: Names) -> Iterator[ShownField]:
    """A field in words; a mapping of facts becomes one line for each fact that changed."""
    before, after = field.before, field.after
    if isinstance(before, dict) or isinstance(after, dict):
        old, new = before or {}, after or {}
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield ShownField(field_words(key), _fact(old.get(key)), _fact(new.get(key)), False)
        return
    yield ShownField(
        field_words(field.field),
        names.get((field.field, before)) or value_words(before),
        names.get((field.field, after)) or value_words(after),
        field.field in _TEXTS,
    )


def _fact(value: Any) -> str:
    """A declared fact is kept with who said it and when; the value alone is what changed."""
    return value_words(value["value"] if isinstance(value, dict) and "value" in value else value)


def _place(cursor: str, at: dt.datetime | None) -> ChangePlace | None:
    """Where a page begins: after the one before it, or with what had happened until an instant."""
    if cursor:
        with suppress(InvalidInput):
            return ChangePlace.read(cursor)
    return ChangePlace(at + dt.timedelta(microseconds=1)) if at else None

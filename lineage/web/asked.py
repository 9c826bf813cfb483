"""What the address of a lineage page asks for; hostile or worn-out values fall back quietly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from catalog.web.presentation.query_strings import with_changes
from catalog.whole_numbers import whole
from lineage.selectors.answers import Direction
from lineage.selectors.walking import MOST_DEPTH

MOST_OPENED = 50
_LETTERS = {"u": Direction.UP, "d": Direction.DOWN}


@dataclass(frozen=True, slots=True)
class Asked:
    """`?up=2&down=1&expand=u12&columns=7&column=email&open=3-7&page=2`.

    `expand` opens one more level above (`u`) or below (`d`) a dataset; `columns` unfolds the
    columns of a dataset; `column` marks one of the asked dataset; `open` shows the evidence of
    the flow between two datasets, with a third number for one column edge.
    """

    up: int
    down: int
    expand: tuple[tuple[Direction, int], ...]
    columns: tuple[int, ...]
    column: str
    open: tuple[int, int, int | None] | None
    page: int
    query: Mapping[str, list[str]]

    def href(self, **changes: object) -> str:
        """This page's query string with those changes."""
        return with_changes(self.query, changes)

    def expanded_href(self, direction: Direction, dataset_id: int) -> str:
        """The page with one more level beside a dataset."""
        mark = f"{direction.value[0]}{dataset_id}"
        return self.href(expand=list(dict.fromkeys([*self.query.get("expand", []), mark])))

    def columns_href(self, dataset_id: int) -> str:
        """The page with the columns of a dataset shown, or hidden if they were."""
        shown = list(self.columns)
        if dataset_id in shown:
            shown.remove(dataset_id)
        else:
            shown.append(dataset_id)
        return self.href(columns=shown)

    def evidence_href(self, source: int, target: int, edge: int | None = None) -> str:
        """The page with the evidence of a flow beside it."""
        numbers = [source, target] if edge is None else [source, target, edge]
        return f"{self.href(open='-'.join(map(str, numbers)))}#drawer"


def asked(request: HttpRequest) -> Asked:
    """Read the address."""
    query: QueryDict = request.GET
    return Asked(
        up=_level(query.get("up", "")),
        down=_level(query.get("down", "")),
        expand=tuple(
            (_LETTERS[mark[0]], number)
            for mark in query.getlist("expand")[:MOST_OPENED]
            if mark[:1] in _LETTERS and (number := _number(mark[1:])) is not None
        ),
        columns=tuple(
            number
            for text in query.getlist("columns")[:MOST_OPENED]
            if (number := _number(text)) is not None
        ),
        column=query.get("column", "")[:1000],
        open=_flow(query.get("open", "")),
        page=_number(query.get("page", "")) or 1,
        query=dict(query.lists()),
    )


def _number(text: str) -> int | None:
    return whole(text)


def _level(text: str) -> int:
    number = _number(text)
    return 1 if number is None else min(number, MOST_DEPTH)


def _flow(text: str) -> tuple[int, int, int | None] | None:
    numbers = [_number(part) for part in text.split("-")]
    if len(numbers) not in (2, 3) or None in numbers:
        return None
    source, target, *edge = (number for number in numbers if number is not None)
    return source, target, edge[0] if edge else None

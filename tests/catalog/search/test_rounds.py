"""Several requests are answered in as few questions to the cluster as the longest of them takes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from catalog.search.backends.base import Found, Request
from catalog.search.backends.elasticsearch import finding, layout
from catalog.search.query import ParsedQuery
from catalog.search.visibility import Visibility


def _request(rounds: int, *, is_columns: bool = False) -> Request:
    return Request(ParsedQuery(), Visibility(), 0, size=rounds, is_columns=is_columns)


Asked = list[list[tuple[str, Any]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What goes to a cluster, by request; it answers each question with its number, which adds to
    the total of who asked."""
    asked: Asked = []

    def ask(searches: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
        asked.append(list(searches))
        return [{"of": search["number"]} for _, search in searches]

    def rounds(request: Request) -> Generator[list[dict[str, Any]], Any, Found]:
        total = 0
        for number in range(1, request.size + 1):
            answers = yield [{"number": number}, {"number": number * 10}]
            total += sum(answer["of"] for answer in answers)
        return Found(total=total)

    monkeypatch.setattr(finding, "ask", ask)
    monkeypatch.setattr(finding, "_rounds", rounds)
    return asked


def test_what_is_independent_is_asked_at_once(asked: Asked) -> None:
    # Given a request of two rounds, one of none, and one for columns of one round
    requests = [_request(2), _request(0), _request(1, is_columns=True)]

    # When they are answered together
    found = finding.find_each(requests)

    # Then each has its own answers, and the cluster was asked twice
    assert [one.total for one in found] == [33, 0, 11]
    assert [[part for part, _ in one] for one in asked] == [
        [layout.DOCUMENTS, layout.DOCUMENTS, layout.COLUMNS, layout.COLUMNS],
        [layout.DOCUMENTS, layout.DOCUMENTS],
    ]


def test_what_is_asked_along_goes_on_only_when_it_is_called_for(asked: Asked) -> None:
    # Given a request of one round, and beside it one of three
    found, along = finding.find_along(_request(1), [_request(3, is_columns=True)])

    # When the first is answered, then the other was asked along and no further
    assert found.total == 11
    assert [[part for part, _ in one] for one in asked] == [
        [layout.DOCUMENTS, layout.DOCUMENTS, layout.COLUMNS, layout.COLUMNS]
    ]

    # When the other is called for, then it is asked to its end
    assert [one.total for one in along()] == [66]
    assert len(asked) == 3


def test_rows_that_are_all_need_no_counting() -> None:
    # Given nothing found, of which facets are still being counted
    def counting() -> Found:
        raise AssertionError("nobody has to wait for facets")

    found = Found(counting=counting, are_all=True)

    # When it is asked whether there is a hit, then it is known
    assert not found.has(1)

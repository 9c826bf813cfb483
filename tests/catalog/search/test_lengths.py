"""The average length of texts is asked of a cluster once in a while, and not with each search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.search.backends.elasticsearch import layout, lengths


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    lengths.forget()
    yield
    lengths.forget()


def _answer(average: float | None) -> dict[str, object]:
    return {"aggregations": {"length": {"value": average}}}


def test_what_was_measured_holds_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an average that was measured
    now = 1_000.0
    monkeypatch.setattr(lengths.time, "monotonic", lambda: now)
    assert lengths.measured(_answer(42.5)) == 42.5

    # Then it is known, of this index alone, until a minute has passed
    assert lengths.known() == 42.5
    with layout.apart("another"):
        assert lengths.known() is None
    now += lengths.SECONDS
    assert lengths.known() is None


def test_an_index_without_texts_is_measured_again() -> None:
    # Given an index that has none yet
    assert lengths.measured(_answer(None)) == 0

    # Then nothing is remembered of it
    assert lengths.known() is None

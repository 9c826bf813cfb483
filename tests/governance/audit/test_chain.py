"""Rows as they are hashed: what is ordinary as it is, what is long cut."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from governance.audit.chain import decode, without_place
from governance.audit.types import MOST_NAMED, MOST_TEXT, AccessOutcome, AccessRecord


def record(**rest: Any) -> AccessRecord:
    """The shortest one, unless said otherwise."""
    given = {"gateway": "g", "username": "u", "action": "a", "policy_version": 1, **rest}
    return AccessRecord(outcome=AccessOutcome.LOST, **given)


def rows(*records: AccessRecord) -> list[AccessRecord]:
    """What is hashed of some records that are kept together."""
    return [decode(row) for row in without_place(records).splitlines()]


def test_a_text_that_a_caller_gives_is_kept_up_to_its_bound() -> None:
    # given an ordinary record among others that hold all that a body may
    long, bound = "n" * (MOST_TEXT + 1), "ü" * MOST_TEXT
    cut = long[: MOST_TEXT - 1] + "…"
    ordinary = record(resources=("trino://lake/a.b.c",), columns=("id",), filters=("x = 1" * 900,))
    as_it_is = msgspec.json.Encoder().encode_lines([ordinary])
    fields = ("username", "action", "purpose", "environment", "request_id", "note", "query_id")
    found = rows(
        ordinary,
        record(**dict.fromkeys(fields, long)),
        record(**dict.fromkeys(fields, bound)),
        record(resources=("a", long), columns=(long, "b"), rules=(long,), purpose="\ud800" + long),
    )
    # then that is as it is, and of the others each text is cut where it is too long
    assert without_place([ordinary]) == as_it_is
    assert found[0] == decode(as_it_is)
    assert [getattr(found[1], name) for name in fields] == [cut] * len(fields)
    assert [getattr(found[2], name) for name in fields] == [bound] * len(fields)
    assert (found[3].resources, found[3].columns) == (("a", cut), (cut, "b"))
    assert found[3].rules == (cut,)
    assert found[3].purpose == "?" + long[: MOST_TEXT - 2] + "…"


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("size", [1, 1_000, 1_900])
def test_it_is_found_wherever_it_stands(place: int, size: int) -> None:
    # given one row among others of any length whose text is too long by one sign
    records = [record(note="x" * size) for _ in range(9)]
    records[place] = record(username="n" * (MOST_TEXT + 1))
    found = rows(*records)
    assert found[place].username.endswith("n…")
    assert {len(one.note) for one in found} == {0, size}


@pytest.mark.parametrize("name", ["resources", "columns", "refused_indices"])
def test_a_list_that_is_too_long_is_cut_and_counted(name: str) -> None:
    one = 1 if name == "refused_indices" else ""
    (found,) = rows(record(**{name: (one,) * (MOST_NAMED + 1)}))
    assert len(getattr(found, name)) == MOST_NAMED
    assert found.asked == (MOST_NAMED + 1 if name == "resources" else 0)


def test_every_dataset_is_kept_by_its_id() -> None:
    asked = tuple(range(5 * MOST_NAMED))
    (found,) = rows(record(datasets=asked, resources=("a",) * len(asked)))
    assert found.datasets == asked
    assert (len(found.resources), found.asked) == (MOST_NAMED, len(asked))

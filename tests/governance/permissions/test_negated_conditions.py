"""``NOT LIKE`` means what it says wherever a condition is read: over people, in words, in rows."""

from __future__ import annotations

import pytest

from governance.permissions.conditions import condition_over
from governance.permissions.wording import condition_in_words

NEGATED = [
    ("location NOT LIKE 'IE%'", "NOT location LIKE 'IE%'"),
    ("location NOT IN ('IE', 'DE')", "NOT location IN ('IE', 'DE')"),
    ("location NOT BETWEEN 'A' AND 'B'", "NOT location BETWEEN 'A' AND 'B'"),
    ("location IS NOT NULL", "NOT location IS NULL"),
    ("job_role = 'x' AND (location NOT LIKE 'a' OR job_role NOT LIKE 'b')",
     "job_role = 'x' AND (NOT location LIKE 'a' OR NOT job_role LIKE 'b')"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "spelled_out"), NEGATED)
def test_a_negated_condition_over_people_is_the_opposite(written: str, spelled_out: str) -> None:
    found = condition_over(of_people(written), None)
    assert found is not None
    assert found == condition_over(of_people(spelled_out), None)
    assert "Not(" in repr(found)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("name NOT LIKE 'x%'", "name is not like x%"),
        ("NOT name LIKE 'x%'", "name is not like x%"),
        ("name LIKE 'x%'", "name is like x%"),
        ("name NOT LIKE 'x%' AND a IS NOT NULL", "name is not like x% and a is not empty"),
        ("name NOT IN ('a')", "name is none of a"),
        ("name NOT ILIKE 'x%'", None),
        ("name NOT LIKE ANY ('a', 'b')", None),
    ],
)
def test_a_negated_condition_is_read_aloud_as_it_is_meant(condition: str, words: str) -> None:
    assert condition_in_words(condition) == words


def of_people(condition: str) -> str:
    return condition.replace("location", "subject.location").replace("job_role", "subject.job_role")

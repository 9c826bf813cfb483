"""Where two fields do not fit, of what is known of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from governance.mappings.comparing import FieldFacts, family_of, length_of, mismatches

PLAIN = FieldFacts("status", "varchar(40)", True, frozenset())


@pytest.mark.parametrize(
    ("physical_type", "family"),
    [
        ("varchar(40)", "text"), ("character varying(40)", "text"), ("nvarchar", "text"),
        ("STRING", "text"), ("uuid", "text"), ("int", "integer"), ("bigint", "integer"),
        ("INT64", "integer"), ("integer", "integer"), ("smallserial", "integer"),
        ("number(10,0)", "integer"), ("numeric(12, 2)", "number"), ("decimal(12,2)", "number"),
        ("double precision", "number"), ("float8", "number"), ("boolean", "boolean"),
        ("tinyint(1)", "integer"), ("timestamp with time zone", "instant"),
        ("datetime", "instant"), ("date", "date"), ("time", "time"), ("jsonb", "document"),
        ("text[]", "list"), ("array<string>", "list"), ("bytea", "bytes"), ("", ""),
        ("geography", "geography"),
    ],
)  # fmt: skip
def test_types_of_any_system_belong_to_a_family(physical_type: str, family: str) -> None:
    assert family_of(physical_type) == family


def test_lengths_are_of_texts() -> None:
    assert length_of("VARCHAR (40)") == 40
    assert length_of("character varying(40)") == 40
    assert length_of("numeric(12,2)") is None
    assert length_of("text") is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        (
            {"physical_type": "int"},
            [("type", "varchar(40) on the left is a text, int on the right an integer.")],
        ),
        (
            {"physical_type": "varchar(20)"},
            [("type", "It holds 40 characters on the left and 20 on the right.")],
        ),
        ({"physical_type": ""}, []),
        (
            {"nullable": False},
            [("nullability", "It may be empty on the left and never on the right.")],
        ),
        ({"nullable": None}, []),
        (
            {"classifications": frozenset({"pii / email"})},
            [("classification", "Classified pii / email on the right only.")],
        ),
    ],
    ids=["nothing", "family", "length", "unknown type", "empty", "unknown", "classes"],
)
def test_each_mismatch_is_a_sentence(
    changed: dict[str, object], said: list[tuple[str, str]]
) -> None:
    found = list(mismatches(PLAIN, replace(PLAIN, **changed)))  # type: ignore[arg-type]

    assert [(one.kind.value, one.sentence) for one in found] == said


def test_values_are_compared_where_both_were_measured() -> None:
    left = replace(PLAIN, distinct=4, least="active", greatest="paused")

    few = list(mismatches(left, replace(left, distinct=7)))
    ends = list(mismatches(left, replace(left, greatest="trial")))

    assert [one.sentence for one in few] == ["4 different values on the left, 7 on the right."]
    assert [one.sentence for one in ends] == [
        "Values go from active to paused on the left, from active to trial on the right."
    ]
    assert list(mismatches(left, replace(left, distinct=None, greatest="trial"))) == []
    many = replace(PLAIN, distinct=10_000)
    assert list(mismatches(many, replace(many, distinct=12_000))) == []

"""Structs of which a field is protected are shown field by field."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from governance.permissions.engine import (
    Dataset,
    Person,
    Resources,
    Rule,
    Subjects,
    World,
    compile_index,
)
from governance.permissions.native import Asked, CheckAnswer, KnownColumn, KnownDataset, check
from governance.permissions.types import DataAction, Effect, Mask

TYPE = "struct(city varchar, ssn varchar, home struct(street varchar, floor integer))"
PEOPLE = KnownDataset(
    1, "people", ("main", "people"), (KnownColumn("id", "integer"), KnownColumn("about", TYPE))
)
PATHS = """
id about about.city about.ssn about.home about.home.street about.home.floor
""".split()


class Known:
    """One table."""

    def find(self, parts: tuple[str, ...], *rest: object, **more: object) -> KnownDataset | None:
        """See `governance.permissions.native.Catalog`."""
        return PEOPLE if parts[-1].lower() == "people" else None


def answer(
    sql: str, effect: Effect, path: str, known: Sequence[str] = PATHS
) -> list[tuple[object, ...]] | str:
    """The rows of what may run, or the code of the refusal."""
    rule = Rule(
        key="OO-1", number="OO-1", version=1, effect=effect, subjects=Subjects(everybody=True),
        resources=Resources(names=("people",), columns=(path,)),
        actions=frozenset({DataAction.READ}), reason="It is personal.",
        mask=Mask.LAST3 if effect is Effect.MASK else None,
    )  # fmt: skip
    datasets = (Dataset(1, "people", columns=dict.fromkeys(known, frozenset())),)
    world = World(1, (Person(1, "ann", attributes={}),), datasets, (rule,))
    index = compile_index(world, clock=lambda: 0.0)
    asked = Asked(sql, "duckdb", schema="main")
    verdict = check(
        asked, Known(), lambda one, action, columns: index.decide(1, action, one, columns)
    )
    if verdict.answer is CheckAnswer.DENY:
        return verdict.reasons[0].code
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE people (id integer, about {TYPE})")
    row = {"city": "Cork", "ssn": "123456", "home": {"street": "Quay Street", "floor": 3}}
    connection.execute("INSERT INTO people VALUES (1, ?), (2, NULL)", [row])
    return connection.execute(verdict.sql).fetchall()


@pytest.mark.parametrize(
    ("sql", "path", "rows"),
    [
        ("SELECT about.ssn FROM people", "about.ssn", [("456",), (None,)]),
        ("SELECT about.city FROM people", "about.ssn", [("Cork",), (None,)]),
        ("SELECT p.about.home.street FROM people p WHERE id = 1", "about.home.street", [("eet",)]),
        ("SELECT about.home.floor FROM people WHERE about.ssn LIKE '1%'", "about.ssn", []),
        ("SELECT count(*) FROM people WHERE about IS NULL", "about.home.street", [(1,)]),
        (
            "SELECT about FROM people LIMIT 1", "about.home.street",
            [({"city": "Cork", "ssn": "123456", "home": {"street": "eet", "floor": 3}},)],
        ),
    ],
)  # fmt: skip
def test_a_masked_field_is_masked_and_the_others_stay(
    sql: str, path: str, rows: list[tuple[object, ...]]
) -> None:
    assert answer(sql, Effect.MASK, path) == rows


def test_a_denied_field_closes_the_struct_as_a_whole_and_none_of_its_other_fields() -> None:
    assert answer("SELECT about FROM people", Effect.DENY, "about.ssn") == "denied_column"
    assert (
        answer("SELECT about.home FROM people", Effect.DENY, "about.home.street") == "denied_column"
    )
    assert answer("SELECT about.city FROM people WHERE id = 1", Effect.DENY, "about.ssn") == [
        ("Cork",)
    ]


@pytest.mark.parametrize("known", [PATHS, ["id", "about"], ["id", "about", "about.city"]])
def test_a_struct_that_is_covered_as_a_whole_shows_no_field(known: Sequence[str]) -> None:
    # Whether the catalog lists its fields, some or none of them, and whichever a statement names
    sql = "SELECT p.*, p.about.city FROM people p WHERE id = 1"
    assert answer(sql, Effect.MASK, "about", known) == [(1, None, None)]
    assert answer("SELECT about.city FROM people", Effect.DENY, "about", known) == "denied_column"

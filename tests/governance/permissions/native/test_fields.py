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
from governance.permissions.native import (
    Asked,
    CheckAnswer,
    KnownColumn,
    KnownDataset,
    Verdict,
    check,
)
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

    def __init__(self, people: KnownDataset) -> None:
        self.people = people

    def find(self, parts: tuple[str, ...], *rest: object, **more: object) -> KnownDataset | None:
        """See `governance.permissions.native.Catalog`."""
        return self.people if parts[-1].lower() == "people" else None


def checked(
    asked: Asked, people: KnownDataset, effect: Effect, path: str, known: Sequence[str]
) -> Verdict:
    """The answer to somebody for whom one column of the table is protected."""
    rule = Rule(
        key="OO-1", number="OO-1", version=1, effect=effect, subjects=Subjects(everybody=True),
        resources=Resources(names=("people",), columns=(path,)),
        actions=frozenset({DataAction.READ}), reason="It is personal.",
        mask=Mask.LAST3 if effect is Effect.MASK else None,
    )  # fmt: skip
    datasets = (Dataset(1, "people", columns=dict.fromkeys(known, frozenset())),)
    world = World(1, (Person(1, "ann", attributes={}),), datasets, (rule,))
    index = compile_index(world, clock=lambda: 0.0)
    return check(
        asked, Known(people), lambda one, action, columns: index.decide(1, action, one, columns)
    )


def verdict(sql: str, people: KnownDataset, dialect: str, denied: str) -> CheckAnswer:
    """The answer where one column of the table, which the catalog knows as `people`, is denied."""
    known = [column.key for column in people.columns]
    return checked(Asked(sql, dialect, schema="main"), people, Effect.DENY, denied, known).answer


def answer(
    sql: str, effect: Effect, path: str, known: Sequence[str] = PATHS
) -> list[tuple[object, ...]] | str:
    """The rows of what may run, or the code of the refusal."""
    verdict = checked(Asked(sql, "duckdb", schema="main"), PEOPLE, effect, path, known)
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


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT key FROM people, unnest(tags)",
        "SELECT id FROM people, unnest(tags) WHERE key = 'x'",
        "SELECT key.text FROM people AS p CROSS JOIN unnest(p.tags)",
    ],
)
def test_a_bare_name_beside_items_may_be_a_column_of_a_table_that_nobody_knows(sql: str) -> None:
    people = KnownDataset(1, "people", ("main", "people"), ())
    assert verdict(sql, people, "bigquery", "key") is CheckAnswer.DENY
    assert verdict(sql, people, "bigquery", "other") is CheckAnswer.ALLOW


def test_a_bare_name_beside_items_is_theirs_where_the_catalog_lists_the_field() -> None:
    columns = (KnownColumn("id", "INT64"), KnownColumn("tags", "ARRAY<STRUCT<key STRING>>"))
    people = KnownDataset(1, "people", ("main", "people"), columns)
    assert verdict("SELECT key FROM people, unnest(tags)", people, "bigquery", "id") is (
        CheckAnswer.ALLOW
    )
    assert verdict("SELECT key FROM people, unnest(tags)", people, "bigquery", "tags.key") is (
        CheckAnswer.DENY
    )


LINES = "ARRAY<STRUCT<sku: STRING, secret: STRING>>"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT lines[0].sku FROM people", CheckAnswer.REWRITE),
        ("SELECT transform(lines, x -> x.sku) FROM people", CheckAnswer.REWRITE),
        ("SELECT filter(lines, x -> x.sku = 'a')[0].sku FROM people", CheckAnswer.REWRITE),
        ("SELECT lines[0].secret FROM people", CheckAnswer.DENY),
        ("SELECT lines[0]['secret'] FROM people", CheckAnswer.DENY),
        ("SELECT transform(lines, x -> x.secret) FROM people", CheckAnswer.DENY),
        ("SELECT transform(lines, X -> x.Secret) FROM people", CheckAnswer.DENY),
        ("SELECT transform(lines, x -> to_json(x)) FROM people", CheckAnswer.DENY),
        ("SELECT transform(lines, (x, i) -> lines[i].secret) FROM people", CheckAnswer.DENY),
        ("SELECT filter(lines, x -> x.secret > 'a')[0].sku FROM people", CheckAnswer.DENY),
        ("SELECT filter(lines, x -> x > lines[1])[0].sku FROM people", CheckAnswer.DENY),
        ("SELECT aggregate(lines, '', (s, x) -> s || x.secret) FROM people", CheckAnswer.DENY),
        # The whole item decides which one it is
        ("SELECT max(lines[0]).sku FROM people", CheckAnswer.DENY),
        ("SELECT array_sort(lines)[0].sku FROM people", CheckAnswer.DENY),
        ("SELECT array_distinct(lines)[0].sku FROM people", CheckAnswer.DENY),
        ("SELECT collect_set(lines[0])[0].sku FROM people", CheckAnswer.DENY),
        ("SELECT greatest(lines[0], lines[1]).sku FROM people", CheckAnswer.DENY),
        (
            "SELECT x.sku FROM (SELECT explode(array_distinct(lines)) AS x FROM people)",
            CheckAnswer.DENY,
        ),
        ("SELECT nullif(lines[0], lines[1]).sku FROM people", CheckAnswer.DENY),
        ("SELECT max_by(lines[0], lines[0].secret).sku FROM people", CheckAnswer.DENY),
    ],
)
def test_fields_of_items_are_told_apart_where_nothing_looks_at_the_others(
    sql: str, expected: CheckAnswer
) -> None:
    columns = (KnownColumn("id", "INT"), KnownColumn("lines", LINES))
    people = KnownDataset(1, "people", ("main", "people"), columns)
    known = ["id", "lines", "lines.sku", "lines.secret"]
    asked = Asked(sql, "spark", schema="main")
    assert checked(asked, people, Effect.DENY, "lines.secret", known).answer is expected

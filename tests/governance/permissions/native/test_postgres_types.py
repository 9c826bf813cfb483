"""What is masked away in PostgreSQL stays of its type, also of one that somebody made there."""

from __future__ import annotations

import pytest
from django.db import connection

from governance.permissions.engine import (
    Dataset,
    Person,
    Resources,
    Rule,
    Subjects,
    World,
    compile_index,
)
from governance.permissions.native import Asked, KnownColumn, KnownDataset, check
from governance.permissions.types import DataAction, Effect, Mask

_TABLE = KnownDataset(
    1, "postgres://test/public.visits", ("public", "visits"),
    tuple(
        KnownColumn(name, kind)
        for name, kind in {
            "id": "integer", "home": "public.place", "mood": "public.feeling", "net": "inet",
            "words": "tsvector", "span": "int4range", "other": "",
        }.items()
    ),
)  # fmt: skip


class _Catalog:
    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """See `governance.permissions.native.Catalog`."""
        return _TABLE if parts[-1] == "visits" else None


def _rewritten(sql: str) -> str:
    rule = Rule(
        key="M", number="M", version=1, effect=Effect.MASK, subjects=Subjects(everybody=True),
        resources=Resources(
            names=(_TABLE.name,), columns=("home", "mood", "net", "words", "span", "other"),
        ),
        actions=frozenset({DataAction.READ}), mask=Mask.EMPTY,
    )  # fmt: skip
    dataset = Dataset(1, _TABLE.name, columns={c.name: frozenset() for c in _TABLE.columns})
    person = Person(1, "ann", attributes={"employment_kind": "employee"})
    index = compile_index(World(1, (person,), (dataset,), (rule,)), clock=lambda: 0.0)
    verdict = check(
        Asked(sql, "postgres", schema="public", knows_all=True),
        _Catalog(),
        lambda dataset, action, columns: index.decide(1, action, dataset, columns),
    )
    assert verdict.answer == "rewrite"
    return verdict.sql


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id, (home).city FROM visits", [(1, None)]),
        ("SELECT id, (v.home).* FROM visits v", [(1, None, None)]),
        ("SELECT id FROM visits WHERE mood > 'low'", []),
        ("SELECT count(*) FROM visits WHERE net << '10.0.0.0/8'", [(0,)]),
        ("SELECT count(*) FROM visits WHERE words @@ to_tsquery('cat')", [(0,)]),
        ("SELECT id FROM visits WHERE span @> 3", []),
        ("SELECT id, other + 1 FROM visits", [(1, None)]),
        ("SELECT count(home), count(mood), count(other) FROM visits", [(0, 0, 0)]),
    ],
)
def test_nothing_of_a_type_is_of_that_type(sql: str, expected: list[tuple[object, ...]]) -> None:
    # Given a table with columns of types that only its own database knows
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE public.place AS (city text, zip text)")
        cursor.execute("CREATE TYPE public.feeling AS ENUM ('low', 'high')")
        cursor.execute(
            "CREATE TABLE public.visits (id int, home public.place, mood public.feeling, net inet,"
            " words tsvector, span int4range, other int)"
        )
        cursor.execute(
            "INSERT INTO public.visits VALUES"
            " (1, ('Cork', 'z1'), 'high', '10.1.1.1', 'cat', '[1,5)', 7)"
        )

        # Then what is masked away is nothing, and the statement runs as it does over nothing
        cursor.execute(_rewritten(sql))
        assert cursor.fetchall() == expected

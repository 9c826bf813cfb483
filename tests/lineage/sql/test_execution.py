"""Whatever running a statement shows to depend on a column has been reported."""

import pytest

from benchmarks.lineage.execution import Judge, Tally, judge_statements, verdict_of
from lineage.sql import analyze

FIRST_SEED = 20_000
STATEMENTS = 80


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(variants=2)


@pytest.fixture(scope="module")
def tally(judge: Judge) -> Tally:
    return judge_statements(FIRST_SEED, STATEMENTS, judge, depth=2)


def test_no_observed_dependency_is_missed(tally: Tally) -> None:
    assert [(verdict.sql, verdict.missed) for verdict in tally.failures] == []
    assert tally.observed > 3 * STATEMENTS


def test_soundness_is_not_bought_by_blaming_everything(tally: Tally) -> None:
    assert tally.reported < 0.65 * tally.named


@pytest.mark.parametrize(
    ("sql", "pair"),
    [
        ("select distinct region, score from customers", ("customers", "score", 0)),
        ("select id from customers union select amount from orders", ("orders", "amount", 0)),
        (
            "select id, score from customers except select id, region from customers",
            ("customers", "score", 0),
        ),
        ("select o.id from orders o, regions r where r.weight > 1", ("regions", "weight", 0)),
        ("select oid from items, unnest(tags) u(e)", ("items", "tags", 0)),
    ],
)
def test_the_judge_sees_what_a_reader_of_values_alone_would_miss(
    judge: Judge, sql: str, pair: tuple[str, str, int]
) -> None:
    assert pair in judge.changes(sql, len(judge.names(sql)))
    verdict = verdict_of(judge, sql)
    assert verdict is not None
    assert verdict.missed == []


def test_a_miss_is_told(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_another_statement(sql: str, **options: object) -> object:
        return analyze("select id from orders", **options)  # type: ignore[arg-type]

    monkeypatch.setattr("benchmarks.lineage.execution.analyze", of_another_statement)

    verdict = verdict_of(judge, "select id + amount as id from orders")

    assert verdict is not None
    assert verdict.missed == [("orders", "amount", 0)]

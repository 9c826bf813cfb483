"""Records of a version that kept a row for each: after the upgrade they are what they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from governance.audit.blocks import moment
from governance.audit.chain import following, genesis, placed, without_place
from governance.audit.selectors.blocks import Wanted, count_of, row_of, rows_of
from governance.audit.selectors.verifying import verify
from governance.audit.types import AccessOutcome, AccessRecord
from governance.models import AuditBlock, AuditChain, AuditRow

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]
CHAIN = 4_711
_before = import_module("governance.migrations.0001_tables")._MAKE
_after = import_module("governance.migrations.0009_audit_blocks")
_INSERT = """
INSERT INTO governance_auditrow (keeping, at, id, chain, sequence, gateway, outcome, action,
                                 purpose, person_id, datasets, rules, body, digest)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s::text[], %s, %s)
"""


@pytest.fixture
def former() -> Iterator[Any]:
    """The tables of the version before, empty, in a schema of their own that hides the others."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA former; SET LOCAL search_path TO former, public")
        for statement in _before:
            cursor.execute(statement)
        for keeping, month in (("open", 5), ("open", 6)):
            cursor.execute(
                f"CREATE TABLE governance_auditrow_{keeping}_20240{month} PARTITION OF"
                f" governance_auditrow_{keeping} FOR VALUES FROM ('2024-0{month}-01 00:00:00+00')"
                f" TO ('2024-0{month + 1}-01 00:00:00+00')"
            )
        yield cursor
        cursor.execute("SET LOCAL search_path TO DEFAULT")


def wrote(cursor: Any, records: list[AccessRecord]) -> None:
    """Records of one chain as the version before wrote them."""
    digest = genesis(CHAIN)
    for sequence, one in enumerate(records, 1):
        row = without_place([one])[:-1].replace(b"NUL", b"\\u0000")  # kept as it was said then
        body = placed([row], CHAIN, sequence)[0]
        digest = following(digest, body)
        cursor.execute(
            _INSERT,
            [one.keeping, moment(one.at), one.id, CHAIN, sequence, one.gateway, one.outcome,
             one.action, one.purpose.replace("NUL", ""), one.person, [*one.datasets],
             [*one.rules], body.decode(), digest],
        )  # fmt: skip
    AuditChain.objects.create(
        id=CHAIN, keeping="open", host="here", process="1", started_at=moment(records[0].at),
        sequence=len(records), digest=digest, at=moment(records[-1].at),
    )  # fmt: skip


def upgrade(cursor: Any) -> None:
    for statement in [*_after._MAKE, _after._CONVERT, "DROP TABLE governance_auditrow",
                      _after._VIEW]:  # fmt: skip
        cursor.execute(statement)


def made(record: Make) -> list[AccessRecord]:
    """Six: four at the end of May 2024, of which two lie within a minute and one is told by a clock
    that was set back, and two in June."""
    june = int(dt.datetime(2024, 6, 1, tzinfo=dt.UTC).timestamp() * 1_000_000)
    odd = 'a "b" \\ c'
    return [
        record(id=str(uuid4()), at=june + seconds * 1_000_000, **more)
        for seconds, more in (
            (-3_600, {"query_id": odd, "rules": ("permission_policy:oo-1", odd)}),
            (-3_599, {"person": 8, "datasets": (), "purpose": "operations"}),
            (-7_000, {"person": None, "datasets": (4, 5), "outcome": AccessOutcome.PARTIAL}),
            (-1, {}),
            (0, {"query_id": "qNUL1", "purpose": "pNUL"}),
            (1, {"filters": ("x" * 300_000,)}),
        )
    ]


def test_rows_become_blocks_and_are_whole_and_found_as_before(former: Any, record: Make) -> None:
    records = made(record)
    wrote(former, records)

    upgrade(former)

    # Then each block holds what belongs together, in its month
    spans = AuditBlock.objects.order_by("first").values_list("first", "last", "until__month")
    assert list(spans) == [(1, 2, 5), (3, 3, 5), (4, 4, 5), (5, 5, 6), (6, 6, 6)]
    # And the chain is the same chain
    found = verify(chains=[CHAIN])
    assert (found.rows, found.faults) == (6, [])
    # And every record is found as it was
    for place, one in enumerate(records):
        wanted = Wanted(
            person=one.person, gateway=one.gateway, outcome=one.outcome,
            purpose=one.purpose.replace("NUL", "\x00"),
            query_id=one.query_id.replace("NUL", "\x00"),
            rule=one.rules[-1] if one.rules else "", since=moment(one.at), until=moment(one.at),
            dataset=one.datasets[-1] if one.datasets else None,
        )  # fmt: skip
        assert [(str(row.pk), row.sequence) for row in rows_of(wanted)] == [(one.id, place + 1)]
    assert count_of(Wanted()) == 6
    # And the view tells of each what its table told
    told = AuditRow.objects.order_by("sequence").values_list("pk", "at", "person", "datasets")
    assert [(str(pk), *rest) for pk, *rest in told] == [
        (one.id, moment(one.at), one.person, [*one.datasets]) for one in records
    ]
    assert row_of(UUID(records[0].id), Wanted()) is None  # its id says another instant


@pytest.mark.parametrize(
    ("change", "fault"),
    [("UPDATE governance_auditrow SET person_id = 9 WHERE sequence = 4", ("changed", 4)),
     ("UPDATE governance_auditrow SET body = replace(body, 'ann', 'bob') WHERE sequence = 2",
      ("changed", 2)),
     ("DELETE FROM governance_auditrow WHERE sequence = 2", ("missing", 2))],
)  # fmt: skip
def test_what_was_wrong_before_stays_to_be_found(
    former: Any, record: Make, change: str, fault: tuple[str, int]
) -> None:
    wrote(former, made(record))
    former.execute(change)

    upgrade(former)

    found = verify(chains=[CHAIN])
    assert [(one.what, one.sequence) for one in found.faults] == [fault]

"""The chain and its signed heads: whatever is done to the log afterwards is found."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from catalog.types import Principal
from governance.audit.blocks import TABLE
from governance.audit.chain import following, genesis
from governance.audit.selectors import verifying
from governance.audit.selectors.verifying import verify
from governance.audit.services import pruning, recording
from governance.audit.services.heads import sign_heads
from governance.audit.signing import is_signed, public_key
from governance.audit.sinks import read
from governance.audit.types import AccessRecord, Keeping
from governance.audit.writer import AuditWriter
from governance.models import (
    AuditBlock,
    AuditChain,
    AuditHead,
    AuditHold,
    AuditRow,
    DecisionTally,
)
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]


@pytest.fixture
def chain(writer: AuditWriter, record: Make, settings: Any, tmp_path: Path) -> int:
    """Nine rows, a signed head after the sixth in a file elsewhere."""
    settings.AUDIT_HEADS = (str(tmp_path / "heads.jsonl"),)
    ids = [writer.record(record(note=str(number))) for number in range(6)]
    assert writer.flush()
    sign_heads()
    for number in range(6, 9):
        writer.record(record(note=str(number)))
    assert writer.flush()
    return AuditRow.objects.get(pk=ids[0]).chain


@contextmanager
def unprotected() -> Iterator[Any]:
    """As somebody who owns the database; the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


@contextmanager
def changed(chain: int) -> Iterator[list[list[bytes]]]:
    """The rows of a chain's first block with their hashes, to be written back as they then are."""
    block = AuditBlock.objects.get(chain=chain, first=1)
    digests = bytes(block.digests)
    rows = [
        [line, digests[32 * place : 32 * place + 32]]
        for place, line in enumerate(bytes(block.body).split(b"\n"))
    ]
    yield rows
    with unprotected() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET body = %b, digests = %b WHERE chain = {chain} AND first = 1",
            [b"\n".join(line for line, _ in rows), b"".join(digest for _, digest in rows)],
        )


def faults(chain: int, elsewhere: Any = ()) -> list[tuple[str, int]]:
    found = verify(elsewhere, chains=[chain])
    return [(fault.what, fault.sequence) for fault in found.faults]


def test_a_log_as_it_was_written_is_whole(chain: int) -> None:
    found = verify(chains=[chain])
    assert (found.chains, found.rows, found.faults) == (1, 9, [])


@pytest.mark.parametrize(
    "change",
    ["words = words || '{outcome:refused}'", "people = '{8}'", "people = '{}'", "datasets = '{4}'",
     "since = since - interval '1 second'", "until = until + interval '1 second'"],
)  # fmt: skip
def test_a_block_that_is_found_by_something_else_is_found(chain: int, change: str) -> None:
    with unprotected() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {change} WHERE chain = {chain} AND first = 1")
    assert faults(chain) == [("changed", 1)]


@pytest.mark.parametrize(
    ("old", "new"),
    [("ann", "bob"), ('"latency":21', '"latency":22'), ('"gateway"', "?"), ("email", "name"),
     ('"sequence":4', '"sequence":14')],
)  # fmt: skip
def test_a_changed_row_is_found(chain: int, old: str, new: str) -> None:
    with changed(chain) as rows:
        rows[3][0] = rows[3][0].replace(old.encode(), new.encode())
    wanted = "reordered" if "sequence" in old else "changed"
    assert faults(chain) == [(wanted, 4)]


def test_a_changed_hash_is_found_at_its_row_and_the_next(chain: int) -> None:
    with changed(chain) as rows:
        rows[3][1] = bytes(32)
    assert faults(chain) == [("changed", 4), ("changed", 5)]


def test_a_missing_row_is_found(chain: int) -> None:
    # Given rows that are gone from the middle of a block, their hashes too
    with changed(chain) as rows:
        del rows[2:4]
    assert faults(chain) == [("missing", 3)]


def test_a_missing_block_is_found(chain: int) -> None:
    with unprotected() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE chain = {chain} AND first = 1")
    assert faults(chain) == [("missing", 1)]


def test_reordered_rows_are_found(chain: int) -> None:
    with changed(chain) as rows:
        rows[2], rows[3] = rows[3], rows[2]
    assert ("reordered", 3) in faults(chain)
    assert ("reordered", 4) in faults(chain)


def test_a_row_that_is_there_twice_is_found(chain: int) -> None:
    with unprotected() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} SELECT keeping, since, until - interval '1 microsecond', chain,"
            f" first, last, people, datasets, words, body, digests FROM {TABLE}"
            f" WHERE chain = {chain} AND first = 7"
        )
    assert ("reordered", 7) in faults(chain)


def test_a_cut_tail_is_found_even_where_the_table_of_chains_is_cut_with_it(
    chain: int, tmp_path: Path
) -> None:
    # Given somebody who cuts rows 4 to 9 and makes the chain's end fit, heads included
    with changed(chain) as rows:
        kept = rows[:3]
    last = AuditRow.objects.get(chain=chain, sequence=3)
    with unprotected() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE chain = {chain} AND first > 1")
        cursor.execute(
            f"UPDATE {TABLE} SET last = 3, until = %s, body = %b, digests = %b"
            f" WHERE chain = {chain}",
            [last.at, b"\n".join(line for line, _ in kept), b"".join(digest for _, digest in kept)],
        )
    AuditChain.objects.filter(pk=chain).update(sequence=3, digest=last.digest)
    assert faults(chain) == [("cut", 3)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_audithead DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM governance_audithead")
        cursor.execute("ALTER TABLE governance_audithead ENABLE TRIGGER USER")
    # Then the database alone has nothing to say, and the head that was kept elsewhere has
    assert faults(chain) == []
    assert faults(chain, read([str(tmp_path / "heads.jsonl")])) == [("cut", 3)]


def test_a_chain_written_anew_is_found_by_its_signed_head(chain: int) -> None:
    # Given somebody who changes row 2 and hashes everything after it anew
    digest = genesis(chain)
    with unprotected() as cursor:
        for block in AuditBlock.objects.filter(chain=chain).order_by("first"):
            digests = []
            body = bytes(block.body).replace(b'"note":"1"', b'"note":"x"')
            for line in body.split(b"\n"):
                digests.append(digest := following(digest, line))
            cursor.execute(
                f"UPDATE {TABLE} SET body = %b, digests = %b"
                f" WHERE chain = {chain} AND first = {block.first}",
                [body, b"".join(digests)],
            )
    AuditChain.objects.filter(pk=chain).update(digest=digest)
    # Then each row follows from the one before it, and the signed head tells
    assert faults(chain) == [("rewritten", 6)]


def test_a_chain_that_grows_meanwhile_is_whole(
    writer: AuditWriter, chain: int, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that records on, whenever something of the log was read
    def and_more(name: str, most: int) -> None:
        reading, left = getattr(verifying, name), iter(range(most))

        def read_and_more(*given: Any) -> Any:
            found = reading(*given)
            if next(left, None) is not None:
                writer.record(record(note="meanwhile"))
                assert writer.flush()
            return found

        monkeypatch.setattr(verifying, name, read_and_more)

    and_more("_chains_with_rows", 1)
    and_more("_end_of", 3)

    # Then what was written up to an instant is whole
    found = verify(chains=[chain])
    assert (found.rows, found.faults) == (9 + 1 + 3, [])


def test_a_chain_that_is_gone_altogether_is_found(chain: int) -> None:
    with unprotected() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE chain = {chain}")
    AuditChain.objects.filter(pk=chain).delete()
    assert faults(chain) == [("cut", 0)]


def test_a_beginning_that_is_not_old_is_missed(chain: int) -> None:
    # Given somebody who deletes the first six rows and says that they were pruned
    sixth = AuditRow.objects.get(chain=chain, sequence=6)
    with unprotected() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE chain = {chain} AND first = 1")
    AuditChain.objects.filter(pk=chain).update(begins_at=7, begins_with=sixth.digest)
    assert faults(chain) == [("missing", 6)]


def test_heads_are_signed_follow_each_other_and_are_sent_until_they_arrive(
    writer: AuditWriter, record: Make, settings: Any, tmp_path: Path
) -> None:
    # Given a sink that cannot be reached at first
    target = tmp_path / "away"
    target.write_text("a file where the folder should be")
    settings.AUDIT_HEADS = (str(target / "heads.jsonl"),)
    writer.record_and_wait(record())
    first = sign_heads()
    assert first is not None
    assert first.delivered == {}
    target.unlink()

    # When the next is signed, both arrive
    writer.record_and_wait(record())
    second = sign_heads()
    assert second is not None
    assert sign_heads() is None  # nothing has grown since
    arrived = list(read([str(target / "heads.jsonl")]))
    wanted = [(one.statement, one.signature) for one in (first, second)]
    assert arrived[-2:] == wanted
    assert all(is_signed(*one) for one in wanted)
    assert not is_signed(first.statement + " ", first.signature)
    assert not is_signed(first.statement, first.signature, "00" * 32)
    # And the file alone, with the public key, proves the rows elsewhere
    row = AuditRow.objects.latest("at")
    found = verify(arrived, chains=[row.chain], key=public_key())
    assert [fault for fault in found.faults if fault.chain] == []


@pytest.mark.django_db(transaction=True)
def test_old_months_go_in_their_order_unless_they_are_held(
    writer: AuditWriter, record: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given rows of May and June 2024, and rows of today, in one chain
    def at(year: int, month: int) -> int:
        moment = dt.datetime(year, month, 15, 12, tzinfo=dt.UTC)
        return int(moment.timestamp() * 1_000_000_000)

    for year, month, person in ((2024, 5, 1), (2024, 6, 2)):
        monkeypatch.setattr("time.time_ns", lambda year=year, month=month: at(year, month))
        pk = writer.record_and_wait(record(person=person))
    monkeypatch.undo()
    today = writer.record_and_wait(record())
    chain = AuditRow.objects.get(pk=pk).chain
    settings.AUDIT_DAYS = {"restricted": 100_000, "open": 365, "listing": 100_000}
    for month, keeping in ((5, Keeping.OPEN), (6, Keeping.OPEN), (5, Keeping.RESTRICTED)):
        DecisionTally.objects.create(day=dt.date(2024, month, 15), keeping=keeping, rows=1, asked=1)

    # When June is held for its person
    held = PersonFactory()
    hold = AuditHold.objects.create(reason="A lawsuit.", person=None, placed_at=timezone.now(),
                                    since=dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
                                    until=dt.datetime(2024, 7, 1, tzinfo=dt.UTC),
                                    placed_by=held)  # fmt: skip
    system = Principal.system("test")
    pretended = pruning.prune(system, pretend=True)
    assert [one.month for one in pretended if not one.held_by] == [202405]
    gone = pruning.prune(system)

    # Then May went, June stays, and the chain is whole as it is
    assert [(one.month, bool(one.held_by)) for one in gone] == [(202405, False), (202406, True)]
    assert [row.sequence for row in AuditRow.objects.filter(chain=chain).order_by("at")] == [2, 3]
    assert faults(chain) == []
    # And so is what was put together of them
    told = DecisionTally.objects.order_by("day", "-keeping").values_list("day__month", "keeping")
    assert list(told) == [(5, "restricted"), (6, "open")]

    # And when the hold is lifted, June goes; that is in the audit itself
    hold.lifted_at = timezone.now()
    hold.save()
    assert [one.month for one in pruning.prune(system)] == [202406]
    assert str(AuditRow.objects.get(chain=chain).pk) == today
    assert faults(chain) == []
    assert recording.flush()
    said = AuditRow.objects.filter(action="prune_audit").order_by("-at").first()
    assert said is not None
    assert '"note":"open 202406"' in said.body


def test_months_that_went_are_not_missed_where_they_were_signed_late(
    writer: AuditWriter, record: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given records of a month that is long over and one of today, which were signed just now
    may = int(dt.datetime(2024, 5, 31, 23, 59, tzinfo=dt.UTC).timestamp() * 1_000_000_000)
    with monkeypatch.context() as then:
        then.setattr("time.time_ns", lambda: may)
        pk = writer.record_and_wait(record())
    chain = AuditRow.objects.get(pk=pk).chain
    head = sign_heads()
    assert head is not None
    assert sign_heads() is None
    writer.record_and_wait(record())
    assert sign_heads() is not None

    # When that month is pruned
    settings.AUDIT_DAYS = dict.fromkeys(("restricted", "open", "listing"), 365)
    assert [one.month for one in pruning.prune(Principal.system("test"))] == [202405]

    # Then nothing is missing; but it is, where today's row is gone as well
    assert faults(chain) == []
    today = AuditRow.objects.get(chain=chain)
    with unprotected() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE chain = {chain}")
    AuditChain.objects.filter(pk=chain).update(
        begins_at=today.sequence + 1, begins_with=today.digest
    )
    assert faults(chain) == [("missing", today.sequence)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_clock_that_goes_back_over_a_border_of_months_leaves_the_log_whole(
    writer: AuditWriter,
    record: Make,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    is_at_once: bool,
) -> None:
    # Given records of the last moment of May 2024 that come after the first one of June
    june = dt.datetime(2024, 6, 1, tzinfo=dt.UTC).timestamp()
    moments = iter([june - 2, june + 1, june - 1, june + 2])
    monkeypatch.setattr("time.time_ns", lambda: int(next(moments) * 1_000_000_000))
    for _ in range(4):
        writer.record(record())
        if not is_at_once:
            assert writer.flush()
    assert writer.flush()
    monkeypatch.undo()
    rows = AuditRow.objects.filter(at__year=2024)
    chains = set(rows.values_list("chain", flat=True))
    assert rows.count() == 4

    # When May goes, and then June
    settings.AUDIT_DAYS = {"restricted": 100_000, "open": 365, "listing": 100_000}
    for now, left in ((1, 2), (2, 0)):
        at = dt.datetime(2025, 5 + now, 3, tzinfo=dt.UTC)
        assert len(pruning.prune(Principal.system("test"), now=at)) == 1

        # Then what is left is whole
        assert rows.count() == left
        assert verify(chains=list(chains)).faults == []


def test_the_command_says_what_it_finds(chain: int) -> None:
    out = io.StringIO()
    with changed(chain) as rows:
        del rows[4]
    with pytest.raises(CommandError, match="faults in"):
        call_command("audit", "verify", stdout=out)
    assert f"missing: chain {chain}, row 5: 5 is missing." in out.getvalue()
    assert AuditHead.objects.exists()

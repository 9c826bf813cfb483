"""Files of records on their way: what a crash leaves of them, and two processes that find one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from governance.audit.chain import Chain
from governance.audit.services import recording
from governance.audit.spool import Spool
from governance.audit.types import AccessRecord, Keeping
from governance.audit.uploading import upload_left_behind
from governance.models import AuditRow

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]


def named(record: Make, count: int) -> list[AccessRecord]:
    return [record(id=str(uuid4()), at=1_764_000_000_000_000 + one) for one in range(count)]


def kept(records: list[AccessRecord]) -> list[int]:
    rows = AuditRow.objects.filter(pk__in=[one.id for one in records]).order_by("sequence")
    return [row.sequence for row in rows]


@pytest.mark.parametrize("gap", [1, 30, 199, 512, 4_096])
def test_the_end_of_a_frame_whose_beginning_is_not_on_the_disk_hides_none_before_it(
    record: Make, tmp_path: Path, gap: int
) -> None:
    # Given a power failure after which the disk has a later sector of the last frame alone
    chain = Chain(Keeping.OPEN.value)
    made = named(record, 2)
    whole, torn = chain.frame(made), chain.frame(named(record, 1))
    file = tmp_path / "here-1-a.000001.spool"
    file.write_bytes(whole.head + whole.body + bytes(gap) + torn.body[-150:] + bytes(9))

    # Then what was answered is in the table, and the file goes
    assert upload_left_behind(recording.connect, tmp_path) == 2
    assert kept(made) == [1, 2]
    assert not file.exists()


def test_a_file_that_is_taken_for_left_behind_while_it_is_made_is_not_used(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a jobs process that looks for what was left behind at the wrong moment
    chmod, moments = os.chmod, iter([1])

    def found_meanwhile(file: Any, mode: int) -> None:
        chmod(file, mode)
        if next(moments, None):
            upload_left_behind(recording.connect, tmp_path)

    monkeypatch.setattr(os, "chmod", found_meanwhile)
    spool = Spool(tmp_path, "here-1-a", 10**6)
    chain, made = Chain(Keeping.OPEN.value), named(record, 2)

    # When records are appended
    spool.append([chain.frame(made)])
    piece = spool.next()

    # Then they lie in a file that can be found
    assert piece is not None
    assert piece[0].exists()
    spool = None  # type: ignore[assignment]
    assert upload_left_behind(recording.connect, tmp_path) == 2
    assert kept(made) == [1, 2]

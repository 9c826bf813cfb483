"""Reading the log, which is itself recorded in it before anything is shown."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from catalog.types import Principal
from governance.audit.selectors.past import ReadersThen, readers_then
from governance.audit.selectors.records import (
    AuditRecords,
    Search,
    audit_row,
    audit_rows,
    is_auditor,
    record_in,
)
from governance.audit.services.recording import record_decision_here
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.models import AuditRow

COLUMNS = (
    "id", "at", "gateway", "username", "impersonator", "action", "outcome", "purpose",
    "resources", "columns", "used", "rules", "exceptions", "masks", "filters", "policy_version",
    "query_id", "request_id", "sql", "asked", "allowed", "latency",
)  # fmt: skip


def open_rows(acting: Principal, search: Search) -> AuditRecords:
    """What the principal may read of what they look for."""
    rows = audit_rows(acting, search)
    _record(acting, "read_audit", search.as_text)
    return rows


def open_row(acting: Principal, record_id: str) -> AuditRow:
    """One decision; raises NotFound."""
    row = audit_row(acting, record_id)
    _record(acting, "read_audit", str(row.pk))
    return row


def open_readers(acting: Principal, *, dataset: str, day: str, column: str = "") -> ReadersThen:
    """Who could read a dataset, or a column of it, on a day, and why."""
    found = readers_then(acting, dataset=dataset, day=day, column=column)
    _record(acting, "read_readers", f"{found.name} {column} {day}", (found.dataset,))
    return found


def export_json_lines(acting: Principal, search: Search) -> Iterator[bytes]:
    """Every row as one line: the canonical row with its digest, to be verified elsewhere."""
    rows = audit_rows(acting, search)
    _record(acting, "export_audit", search.as_text)
    return _json_lines(rows)


def export_cells(acting: Principal, search: Search) -> Iterator[list[object]]:
    """Every row as the cells of `COLUMNS`."""
    rows = audit_rows(acting, search)
    _record(acting, "export_audit", search.as_text)
    return _cells(rows)


def _json_lines(rows: AuditRecords) -> Iterator[bytes]:
    for row in rows:
        digest = bytes(row.digest).hex()
        yield b'{"row":%s,"digest":"%s"}\n' % (row.body.encode(), digest.encode())


def _cells(rows: AuditRecords) -> Iterator[list[object]]:
    for row in rows:
        record = record_in(row)
        cells: list[object] = []
        for name in COLUMNS:
            value = row.at if name == "at" else getattr(record, name)
            cells.append("; ".join(map(str, value)) if isinstance(value, tuple) else value)
        yield cells


def _record(acting: Principal, action: str, note: str, datasets: tuple[int, ...] = ()) -> None:
    record_decision_here(
        AccessRecord(
            gateway="concord",
            username=acting.username,
            person=acting.person_id,
            action=action,
            outcome=AccessOutcome.ALLOWED,
            policy_version=0,
            keeping=Keeping.RESTRICTED if is_auditor(acting) else Keeping.LISTING,
            datasets=datasets,
            request_id=str(acting.request_id),
            note=note,
        )
    )


def decoded(row: AuditRow) -> dict[str, object]:
    """What a row says, as the edges tell it."""
    found: dict[str, object] = msgspec.to_builtins(record_in(row))
    return found

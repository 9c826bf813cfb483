"""What moved since the bundle was written, on disk beside it.

The bundle of a large company takes seconds to write; an opt-out that came into force is on disk
within a second all the same, and no process that starts goes back behind it. The file belongs to
the bundle whose signature it names, and is written anew, as a whole, with everything since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.permissions.engine import Delta
from governance.permissions.gateways.bundle import record_pieces, records_of
from governance.permissions.gateways.registered import Registered
from governance.permissions.gateways.signed import read_signed, write_signed

_MARK = b"concord recent 3\n"


@dataclass(frozen=True, slots=True)
class Recent:
    """What leads from the world of a bundle to the one that held last, `at` when the database said
    so; `signature` is that of this file."""

    delta: Delta
    registered: Registered
    signature: bytes
    at: float


def recent_path(bundle: Path) -> Path:
    """Where it lies."""
    return bundle.with_name(f"{bundle.name}.recent")


def save_recent(
    delta: Delta, registered: Registered, signature: bytes, bundle: Path, *, at: float
) -> bytes:
    """Replace the file; `signature` is that of the bundle. Returns its own."""
    return write_signed(recent_path(bundle), _MARK, _pieces(delta, registered, signature, at))


def load_recent(signature: bytes, bundle: Path) -> Recent | None:
    """What moved since the bundle with that signature; None where the file is of another or there
    is none. Raises BundleRefused: where it cannot be read nobody knows what moved."""
    try:
        ((of, registered, without, at), *records), own = read_signed(recent_path(bundle), _MARK)
    except FileNotFoundError:
        return None
    if of != signature:
        return None
    made = records_of(records)
    version, gone_people, gone_datasets, rules, gone_rules, exceptions, gone_exceptions = without
    delta = Delta(
        version=version,
        people=tuple(made["people"]),
        gone_people=gone_people,
        datasets=tuple(made["datasets"]),
        gone_datasets=gone_datasets,
        rules=rules,
        gone_rules=gone_rules,
        exceptions=exceptions,
        gone_exceptions=gone_exceptions,
    )
    return Recent(delta, registered, own, at)


def _pieces(delta: Delta, registered: Registered, signature: bytes, at: float) -> Iterator[Any]:
    without_records = (
        delta.version, delta.gone_people, delta.gone_datasets, delta.rules, delta.gone_rules,
        delta.exceptions, delta.gone_exceptions,
    )  # fmt: skip
    yield signature, registered, without_records, at
    yield from record_pieces(delta.people, delta.datasets)

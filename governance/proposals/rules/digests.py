"""The digests that everything said binds to: of a revision's text, with and without its prose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.agreements.canonical import digest
from governance.proposals.rules.classes import without_prose
from governance.types import ChangeOp


@dataclass(frozen=True, slots=True)
class ChangeText:
    """One change as it is hashed; `prose` are the fields of its kind that carry no rule."""

    op: ChangeOp
    kind: str
    key: str
    base_version: int
    document: Mapping[str, Any]
    prose: frozenset[str] = frozenset()


def revision_digest(
    changes: Sequence[ChangeText],
    evidence: Sequence[Mapping[str, Any]],
    effective_at: dt.datetime | None,
) -> str:
    """SHA-256 over changes with their base versions, evidence and effective date (RFC 8785)."""
    return _digest([(change, change.document) for change in changes], evidence, effective_at)


def logic_digest(
    changes: Sequence[ChangeText],
    evidence: Sequence[Mapping[str, Any]],
    effective_at: dt.datetime | None,
) -> str:
    """The same without prose: two revisions that share it differ editorially only, so that what
    was said of one counts for the other."""
    return _digest(
        [(change, without_prose(change.document, change.prose)) for change in changes],
        evidence,
        effective_at,
    )


def meaning_digest(changes: Sequence[ChangeText]) -> str:
    """What the changes come to, whatever they are based on and argued with."""
    return digest(
        [
            [change.op.value, change.key, dict(without_prose(change.document, change.prose))]
            for change in sorted(changes, key=lambda change: change.key)
        ]
    )


def _digest(
    changes: Sequence[tuple[ChangeText, Mapping[str, Any]]],
    evidence: Sequence[Mapping[str, Any]],
    effective_at: dt.datetime | None,
) -> str:
    return digest(
        {
            "changes": [
                {
                    "op": change.op.value,
                    "kind": change.kind,
                    "key": change.key,
                    "base_version": change.base_version,
                    "document": document,
                }
                for change, document in changes
            ],
            "evidence": list(evidence),
            "effective_at": effective_at.astimezone(dt.UTC).isoformat() if effective_at else None,
        }
    )

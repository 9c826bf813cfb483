"""What an impact is once it was computed: plain values for pages, interfaces and the snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.proposals.rules.scope import ScopeVerdict
from governance.types import Scope, SignerReason, SignerRole

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class SignerSpec:
    """One party with who answers for it; ids are rows, None where there is none.

    `path` names the datasets from the changed object to the one that made the party affected;
    `path_ids` are their ids, without objects that are no dataset.
    """

    role: SignerRole
    reason: SignerReason
    label: str
    explanation: str
    path: tuple[str, ...]
    path_ids: tuple[int, ...] = ()
    domain_id: int | None = None
    person_id: int | None = None
    team_id: int | None = None
    via_seat_id: int | None = None
    objects_count: int = 1


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom and what a set of changes touches.

    `counts` are exact; each list in `content` holds at most 200 rows, the nearest first. `digest`
    is the same for the same impact, whenever it was computed.
    """

    verdict: ScopeVerdict
    counts: Mapping[str, int]
    content: Mapping[str, Any]
    signers: tuple[SignerSpec, ...]
    graph_version: int
    digest: str

    @property
    def scope(self) -> Scope:
        """Whom it concerns."""
        return self.verdict.scope

    def asked(self, role: SignerRole) -> tuple[SignerSpec, ...]:
        """The signers of one role."""
        return tuple(signer for signer in self.signers if signer.role is role)

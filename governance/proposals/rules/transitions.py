"""Which state of a proposal may follow which (3.4); the database holds the same table."""

from __future__ import annotations

from governance.types import ProposalState as S

_WITHDRAWABLE = (S.DRAFT, S.TRIAGE, S.DISCUSSION, S.FINAL_CALL, S.COUNCIL_VOTE, S.DEFERRED)

_STEPS: dict[S, tuple[S, ...]] = {
    # A draft becomes active at once only as an emergency; the services see to that.
    S.DRAFT: (S.TRIAGE, S.ACTIVE, S.WITHDRAWN, S.EXPIRED),
    S.TRIAGE: (
        S.DRAFT, S.DISCUSSION, S.FINAL_CALL, S.DECIDED_SCHEDULED, S.WITHDRAWN, S.EXPIRED,
    ),
    S.DISCUSSION: (S.FINAL_CALL, S.COUNCIL_VOTE, S.WITHDRAWN, S.EXPIRED),
    S.FINAL_CALL: (
        S.DISCUSSION, S.COUNCIL_VOTE, S.DECIDED_SCHEDULED, S.WITHDRAWN, S.EXPIRED,
    ),
    S.COUNCIL_VOTE: (
        S.DECIDED_SCHEDULED, S.REJECTED, S.DEFERRED, S.DISCUSSION, S.WITHDRAWN, S.EXPIRED,
    ),
    S.DECIDED_SCHEDULED: (S.ACTIVE, S.CONFLICTED, S.DISCUSSION),
    S.CONFLICTED: (S.DECIDED_SCHEDULED, S.DISCUSSION, S.EXPIRED),
    S.DEFERRED: (S.DISCUSSION, S.WITHDRAWN, S.EXPIRED),
    # What was merged as a change of wording goes before everybody when somebody objects.
    S.ACTIVE: (S.SUPERSEDED, S.REVERTED, S.EXPIRED, S.DISCUSSION),
    S.REJECTED: (),
    S.WITHDRAWN: (),
    S.EXPIRED: (),
    S.SUPERSEDED: (),
    S.REVERTED: (),
}  # fmt: skip

ALLOWED: list[tuple[str, str]] = [
    (before.value, after.value) for before, followers in _STEPS.items() for after in followers
]
TERMINAL: frozenset[S] = frozenset(state for state, followers in _STEPS.items() if not followers)
OPEN: frozenset[S] = frozenset({*_WITHDRAWABLE, S.DECIDED_SCHEDULED, S.CONFLICTED})
WITHDRAWABLE: frozenset[S] = frozenset(_WITHDRAWABLE)


def may_follow(before: S, after: S) -> bool:
    """Whether a proposal in `before` may step to `after`."""
    return after in _STEPS[before]

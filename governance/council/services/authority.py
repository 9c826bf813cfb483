"""Who may change the council and run its meetings, asked before anything is written."""

from __future__ import annotations

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.types import Principal, PrincipalKind
from governance.council.selectors.seats import is_chair, is_secretary


def require_keeper(acting: Principal) -> None:
    """Seats, memberships, committees: the chair, administrators, and Concord's own jobs.

    Raises AccessRefused.
    """
    require(acting, Action.PROPOSE)
    if acting.is_administrator or acting.kind is PrincipalKind.SYSTEM or is_chair(acting):
        return
    raise AccessRefused(
        Verdict(
            allowed=False,
            code="not_chair",
            reason="Only the chair of the council and administrators may change the council.",
            ask="the chair of the council",
        )
    )


def require_runner(acting: Principal, committee_id: int | None) -> None:
    """Meetings: the chair and the secretary of the body that meets, and Concord's own jobs.

    Administrators keep the service and run no meeting. Raises AccessRefused.
    """
    require(acting, Action.PROPOSE)
    if (
        acting.kind is PrincipalKind.SYSTEM
        or is_chair(acting, committee_id=committee_id)
        or is_secretary(acting, committee_id=committee_id)
    ):
        return
    raise AccessRefused(
        Verdict(
            allowed=False,
            code="not_chair_or_secretary",
            reason="Only the chair and the secretary run a meeting.",
            ask="the chair or the secretary",
        )
    )


def may_run(acting: Principal, committee_id: int | None) -> bool:
    """Whether `require_runner` would let the principal pass."""
    try:
        require_runner(acting, committee_id)
    except AccessRefused:
        return False
    return True

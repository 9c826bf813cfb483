"""The council's week in one screen: the next meeting, what waits for me, what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.clock import now
from governance.conflicts.selectors.register import conflicts
from governance.council.selectors.decisions import decision_list
from governance.council.selectors.meetings import agenda, next_meeting, open_actions
from governance.council.services.meetings.planning import cancel_meeting, plan_next
from governance.culture.selectors.goals import counted, goals, standing
from governance.culture.types import GoalState
from governance.proposals.selectors.proposals import proposal_list, waiting_for
from governance.types import ConflictState
from governance.types import ProposalState as S

SHOWN = 6
_LATE = (GoalState.BEHIND, GoalState.OVERDUE)


@require_GET
def council(request: HttpRequest) -> HttpResponse:
    """`/council/`"""
    principal = principal_from(request)
    meeting = next_meeting(principal)
    current_goals = list(goals(principal))
    held = counted(current_goals)
    ending = proposal_list(principal, state=S.FINAL_CALL).order_by("final_call_until", "number")
    context: dict[str, Any] = {
        "meeting": meeting,
        "agenda": agenda(principal, meeting.pk) if meeting is not None else None,
        "waiting": waiting_for(principal),
        "ending": list(ending[:SHOWN]),
        "votes": list(proposal_list(principal, state=S.COUNCIL_VOTE)[:SHOWN]),
        "scheduled": list(
            proposal_list(principal, state=S.DECIDED_SCHEDULED).order_by("effective_at")[:SHOWN]
        ),
        "emergencies": list(
            proposal_list(principal, state=S.ACTIVE).filter(is_emergency=True)[:SHOWN]
        ),
        "conflicts": list(conflicts(principal, state=ConflictState.OPEN)[:SHOWN]),
        "decisions": list(decision_list(principal)[:SHOWN]),
        "actions": list(open_actions(principal, mine=True)[:SHOWN]),
        "goal_count": len(current_goals),
        "goal_states": [(state, held[state]) for state in GoalState if held.get(state)],
        "late_goals": [one for one in current_goals if standing(one).state in _LATE][:SHOWN],
        "now": now(),
    }
    return render(request, "governance/council/home.html", context)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Plan the next meeting, or cancel one that has nothing to decide."""
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"The council knows no {what[:40]!r}.", field="what")
        said = _ACTS[what](principal_from(request), request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, said)
    return redirect("governance:council")


def _plan(principal: Principal, sent: QueryDict) -> str:
    return "Planned." if plan_next(acting=principal) else "The next one is planned already."


def _cancel(principal: Principal, sent: QueryDict) -> str:
    meeting = sent.get("meeting", "")
    if (number := whole(meeting)) is None:
        raise InvalidInput("Say which meeting is meant.", field="meeting")
    cancel_meeting(acting=principal, meeting_id=number, reason=sent.get("words", ""))
    return "The meeting is canceled."


_ACTS: Mapping[str, Callable[[Principal, QueryDict], str]] = {"plan": _plan, "cancel": _cancel}

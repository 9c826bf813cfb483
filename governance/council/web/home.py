"""The council's week in one screen: the next meeting, what waits for me, what was decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance.clock import now
from governance.conflicts.selectors.register import conflicts
from governance.council.selectors.decisions import decision_list
from governance.council.selectors.meetings import agenda, next_meeting, open_actions
from governance.council.services.meetings.planning import cancel_meeting, plan_next
from governance.proposals.selectors.proposals import proposal_list, waiting_for
from governance.types import ConflictState
from governance.types import ProposalState as S

SHOWN = 6


@require_GET
def council(request: HttpRequest) -> HttpResponse:
    """`/council/`"""
    principal = principal_from(request)
    meeting = next_meeting(principal)
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
        "now": now(),
    }
    return render(request, "governance/council/home.html", context)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Plan the next meeting, or cancel one that has nothing to decide."""
    principal = principal_from(request)
    meeting = request.POST.get("meeting", "")
    try:
        if request.POST.get("what") == "cancel" and meeting.isascii() and meeting.isdigit():
            cancel_meeting(
                acting=principal, meeting_id=int(meeting), reason=request.POST.get("words", "")
            )
            said = "The meeting is canceled."
        else:
            said = "Planned." if plan_next(acting=principal) else "The next one is planned already."
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, said)
    return redirect("governance:council")

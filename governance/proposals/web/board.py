"""The board: every open proposal by the step it is at, and the lists of what is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance import clock
from governance.agreements.kinds import kinds
from governance.agreements.kinds.charter import rules_in_force
from governance.proposals.selectors.clocks import clock_lines
from governance.proposals.selectors.proposals import proposal_list
from governance.types import ProposalState as S

# The columns, with the states that stand in each and the meaning of its line.
COLUMNS: Sequence[tuple[str, str, tuple[S, ...]]] = (
    ("Being written", "unknown", (S.DRAFT, S.TRIAGE)),
    ("In discussion", "proposed", (S.DISCUSSION,)),
    ("Final call", "proposed", (S.FINAL_CALL,)),
    ("Before the council", "contested", (S.COUNCIL_VOTE, S.CONFLICTED, S.DEFERRED)),
    ("Decided, not yet in force", "agreed", (S.DECIDED_SCHEDULED,)),
)
MOST_IN_COLUMN = 25


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """`/proposals/`: `?state=` turns the board into a list; `?kind=`, `?mine=1`, `?q=` narrow."""
    principal = principal_from(request)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    query, mine = request.GET.get("q", "").strip(), request.GET.get("mine") == "1"
    at = clock.now()
    narrowed: Mapping[str, Any] = {"kind": kind or None, "mine": mine, "query": query}
    context: dict[str, Any] = {
        "kinds": list(kinds),
        "states": list(S),
        "kind": kind,
        "state": state,
        "query": query,
        "mine": mine,
        "now": at,
    }
    if state or query:
        found = proposal_list(principal, state=state or None, **narrowed)
        context["page"] = page_of(request, found)
    else:
        context["columns"] = [
            {"title": title, "meaning": meaning, **_column(principal, states, narrowed)}
            for title, meaning, states in COLUMNS
        ]
        found = proposal_list(principal, state=S.ACTIVE, **narrowed).filter(is_emergency=True)
        rules = rules_in_force(at)
        context["emergencies"] = [(one, clock_lines(one, at, rules)) for one in found[:10]]
    return render(request, "governance/proposals/board.html", context)


def _column(principal: Any, states: Sequence[S], narrowed: Mapping[str, Any]) -> dict[str, Any]:
    found = proposal_list(principal, state=[state.value for state in states], **narrowed)
    cards = list(found.order_by("final_call_until", "discussion_until", "number")[:MOST_IN_COLUMN])
    count = len(cards) if len(cards) < MOST_IN_COLUMN else found.count()
    return {"cards": cards, "count": count, "more": count - len(cards), "state": states[0]}

"""The register of conflicts, and one conflict with its parties side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.selectors.directory import get_person
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from governance.conflicts.selectors.register import conflicts, get_conflict
from governance.conflicts.selectors.sides import mergeable, sides_of
from governance.conflicts.services.merging import draft_merge
from governance.conflicts.services.register import assign, reopen, settle
from governance.types import ConflictKind, ConflictState


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """`/conflicts/`: `?state=` and `?kind=` narrow it."""
    principal = principal_from(request)
    state = request.GET.get("state", "")
    kind = request.GET.get("kind", "")
    context = {
        "page": page_of(request, conflicts(principal, state=state, kind=kind)),
        "states": list(ConflictState),
        "kinds": list(ConflictKind),
        "state": state,
        "kind": kind,
    }
    return render(request, "governance/conflicts/register.html", context)


@require_GET
def conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """`/conflicts/<id>/`"""
    principal = principal_from(request)
    found = get_conflict(principal, conflict_id)
    sides = sides_of(principal, found)
    context = {
        "conflict": found,
        "sides": [(side, found.counts.get(side.key)) for side in sides],
        "mergeable": found.state == ConflictState.OPEN and mergeable(sides),
    }
    return render(request, "governance/conflicts/conflict.html", context)


@require_POST
def merge(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Draft a proposal that keeps one side, and go on in the editor."""
    try:
        proposal = draft_merge(
            acting=principal_from(request),
            conflict_id=conflict_id,
            keep=request.POST.get("keep", ""),
        )
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was drafted. {reason_of(error)}")
        return redirect("governance:conflict", conflict_id)
    messages.success(request, f"{proposal.key} is a draft of yours: read it, then submit it.")
    return redirect("governance:edit_proposal", proposal.key)


@require_POST
def change(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Settle, open again, or name who brings the parties together, as `what` says."""
    principal = principal_from(request)
    what, words = request.POST.get("what", ""), request.POST.get("words", "")
    try:
        if what not in _ACTS:
            raise InvalidInput("Settle it, open it again, or name who owns it.", field="what")
        _ACTS[what](principal, conflict_id, words)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, "Kept in the register.")
    return redirect("governance:conflict", conflict_id)


def _assign(principal: Principal, conflict_id: int, words: str) -> None:
    person = get_person(principal, words.strip())
    assign(acting=principal, conflict_id=conflict_id, owner_id=person.pk)


def _reopen(principal: Principal, conflict_id: int, words: str) -> None:
    reopen(acting=principal, conflict_id=conflict_id, reason=words)


def _settle(state: ConflictState) -> Callable[[Principal, int, str], None]:
    def run(principal: Principal, conflict_id: int, words: str) -> None:
        settle(acting=principal, conflict_id=conflict_id, state=state, resolution=words)

    return run


_ACTS: Mapping[str, Callable[[Principal, int, str], None]] = {
    "assign": _assign,
    "reopen": _reopen,
    "resolved": _settle(ConflictState.RESOLVED),
    "accepted": _settle(ConflictState.ACCEPTED),
}

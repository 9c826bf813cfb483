"""What a proposal's opt-outs would do: who loses and gains what, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.errors import InvalidInput
from catalog.types import Principal
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.whole_numbers import whole
from governance.permissions.trial.difference import Change, Difference
from governance.permissions.trial.selectors import tallies
from governance.permissions.trial.selectors import trial as tried
from governance.permissions.trial.selectors.trial import Narrowing, Trial
from governance.permissions.trial.wording import CHANGES

MOST_PAIRS = 200_000
"""Pairs in one file; a file that silently ends in the middle would be taken for the whole."""

_CSV = ("person", "department", "dataset", "domain", "change")
MEANINGS = {
    Change.LOST: "broken",
    Change.GAINED: "agreed",
    Change.NARROWED: "contested",
    Change.WIDENED: "proposed",
    Change.ALTERED: "opted-out",
    Change.HIDDEN: "broken",
    Change.SHOWN: "agreed",
}


@require_GET
def trial(request: HttpRequest, key: str) -> HttpResponse:
    """`/proposals/<key>/trial/`: `?department=`, `?domain=`, `?label=`, `?dataset=`, `?person=`,
    `?change=` narrow the matrix, `?page=` turns its people and `?columns=` its datasets;
    `?format=csv` saves every pair."""
    principal = principal_from(request)
    found = tried.trial_of(principal, key)
    refused, narrowing = "", Narrowing()
    difference = found.difference
    try:
        narrowing = tried.narrowing_of(request.GET)
        difference = tried.narrowed(principal, found, narrowing)
    except InvalidInput as error:
        refused = error.message
    if request.GET.get("format") == "csv" and not refused:
        return _csv(found, difference)
    domains, groups = tried.group_rows(found, difference)
    context: dict[str, Any] = {
        "proposal": found.proposal,
        "trial": found,
        "summary": found.summary,
        "narrowing": narrowing,
        "refused": refused,
        "left": tried.summary_of(difference),
        "changes": [(change, CHANGES[change]) for change in Change],
        "departments": tried.departments_in(found),
        "domains": tried.domains_in(found),
        "group_domains": domains,
        "groups": groups,
        "none": tried.NO_GROUP,
        "replays": tallies.replays_of_proposal(principal, found.proposal, most=3),
        "shadows": tallies.shadows_of_proposal(principal, found.proposal, most=3),
        "today": timezone.now().date(),  # of the doors, whatever a story's clock says
        **_matrix(request, principal, found, difference),
    }
    return render(request, "governance/permissions/trial/trial.html", context)


def _matrix(
    request: HttpRequest, principal: Principal, found: Trial, difference: Difference
) -> dict[str, Any]:
    page = page_of(request, tried.people_in_order(found, difference), tried.SHOWN_PEOPLE)
    datasets = tried.datasets_in_order(found, difference)
    start = _start(request.GET.get("columns", ""), len(datasets))
    shown = datasets[start : start + tried.SHOWN_DATASETS]
    rows = tried.person_rows(principal, difference, list(page.object_list), shown)
    return {
        "page": page,
        "rows": [
            (row, [(dataset, change, _badge(change)) for dataset, change in row.cells])
            for row in rows
        ],
        "shown_datasets": [dataset for dataset, _ in rows[0].cells] if rows else [],
        "first_dataset": start + 1,
        "last_dataset": start + len(shown),
        "dataset_count": len(datasets),
        "datasets_before": max(0, start - tried.SHOWN_DATASETS) if start else None,
        "datasets_after": start + len(shown) if start + len(shown) < len(datasets) else None,
    }


def _badge(change: Change | None) -> tuple[str, str] | None:
    return None if change is None else (MEANINGS[change], CHANGES[change])


def _start(given: str, count: int) -> int:
    """The first dataset shown; a number that is none shows the first ones."""
    number = whole(given)
    return number if number is not None and number < count else 0


def _csv(found: Trial, difference: Difference) -> HttpResponse:
    pairs = tried.pairs_of(found, difference)
    if len(pairs) > MOST_PAIRS:
        raise InvalidInput(
            f"{len(pairs):,} pairs differ, and a file takes {MOST_PAIRS:,}: narrow them before you"
            " save them."
        )
    rows = (tried.pair_view(found, pair) for pair in pairs)
    return csv_response(
        f"{found.proposal.key}-access.csv",
        _CSV,
        ((one.person, one.department, one.dataset, one.domain, one.change) for one in rows),
    )

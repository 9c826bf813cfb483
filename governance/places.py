"""What governance adds to the catalog's frame: its places, a panel on every dataset's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import Truncator

from catalog.access import Action, gate
from catalog.models import Dataset, Team
from catalog.registries.navigation import Place, account_pages, person_menu, places
from catalog.registries.pages import (
    PagePart,
    Panel,
    TeamPanel,
    administration_parts,
    dataset_access,
    dataset_panels,
    home_parts,
    search_miss_parts,
    team_panels,
)
from catalog.registries.waiting import Waiting, WaitingItem, waiting
from catalog.types import Principal
from catalog.web.presentation.shapes import Link
from governance import clock
from governance.addresses import agreement_address, proposal_address, start_address
from governance.agreements.selectors.agreements import agreements_of_dataset
from governance.culture.selectors.first_steps import first_steps
from governance.culture.selectors.goals import goals, may_change, standing
from governance.culture.selectors.jobs import jobs_of
from governance.culture.selectors.scorecard import scorecard
from governance.culture.types import GoalState
from governance.notifications.selectors.inbox import bar_count
from governance.permissions.selectors.answering import ending_soon, to_decide, waiting_count
from governance.permissions.selectors.answers import (
    access_of,
    audience_of,
    may_ask_about_others,
)
from governance.permissions.selectors.declassified import ended_on
from governance.permissions.selectors.register import soon_in_words
from governance.permissions.selectors.reviews import to_review
from governance.permissions.types import Purpose
from governance.permissions.wording import answer_in_words
from governance.proposals.selectors.touching import open_proposals_on_dataset
from governance.proposals.selectors.waiting import waiting_for
from lineage.registries import change_actions, lineage_panels
from lineage.types import ColumnChange

GOALS_SHOWN = 12


def _agreed(principal: Principal, dataset: Dataset) -> Mapping[str, Any]:
    return {
        "dataset": dataset,
        "versions": list(agreements_of_dataset(principal, dataset.pk)[:12]),
        "proposals": list(open_proposals_on_dataset(principal, dataset.pk)[:6]),
    }


def _jobs(principal: Principal) -> Mapping[str, Any] | None:
    jobs = jobs_of(principal)
    return {"jobs": jobs} if jobs else None


def _steps(principal: Principal) -> Mapping[str, Any] | None:
    steps = first_steps(principal)
    may_import = gate().authorize(principal, Action.ADMINISTER).allowed
    return None if steps.are_done else {"steps": steps, "may_import": may_import}


def _scorecard(principal: Principal, team: Team) -> Mapping[str, Any]:
    card = scorecard(principal, team.pk)
    held = [(state, card.goals[state]) for state in GoalState if card.goals.get(state)]
    return {"card": card, "states": held}


def _goals(principal: Principal, team: Team) -> Mapping[str, Any]:
    return {
        "team": team,
        "rows": [
            {"goal": goal, "standing": standing(goal)}
            for goal in goals(principal, team_id=team.pk)[:GOALS_SHOWN]
        ],
        "may_set": may_change(principal, team.name),
    }


def _waits(principal: Principal) -> Sequence[WaitingItem]:
    return [
        WaitingItem(
            title=one.proposal.title,
            href=proposal_address(one.proposal.key, "position"),
            action="Open",
            detail=f"{one.sentence} {one.proposal.key}",
            meaning="proposed",
            due=one.due,
        )
        for one in waiting_for(principal)
    ]


def _access(principal: Principal, dataset: Dataset) -> Mapping[str, Any] | None:
    if principal.person_id is None:
        return None
    may_ask = may_ask_about_others(principal, dataset)
    answer = access_of(principal, dataset.pk)
    return {
        "answer": answer,
        "said": answer_in_words(answer.decision),
        "audience": audience_of(principal, dataset) if may_ask else None,
        "may_ask": may_ask,
        "purposes": [one for one in Purpose if one is not Purpose.ANY],
    }


def _asks(principal: Principal) -> Sequence[WaitingItem]:
    at = clock.now()
    asked = [
        WaitingItem(
            title=f"{row.person or row.team} asks for an exception from {row.agreement.title}",
            href=f"{reverse('governance:exceptions')}#exception-{row.pk}",
            action="Decide",
            detail=Truncator(row.reason).chars(200),
            meaning="proposed",
            since=row.requested_at,
        )
        for row in to_decide(principal, at)
    ]
    broken = [
        WaitingItem(
            title=f"{row.person} broke the glass of {row.agreement.title}",
            href=f"{reverse('governance:exceptions')}#review-{row.pk}",
            action="Review it",
            detail=Truncator(row.reason).chars(200),
            meaning="contested",
            since=row.ends_at,
        )
        for row in to_review(principal, at)
    ]
    ending = [
        WaitingItem(
            title=f"{rule.title} {soon_in_words(rule.until, rule.review_by, at.date())}",
            href=agreement_address(rule.key),
            action="Look at it",
            detail="You answer for it. It ends by itself; past its review it keeps denying.",
            meaning="contested",
            icon="lock",
        )
        for rule in ending_soon(principal, at)
    ]
    return [*asked, *broken, *ending]


def _declassified(principal: Principal, dataset: Dataset) -> dict[str, Any] | None:
    """Which labels end at a dataset though lineage would bring them."""
    found = ended_on(dataset, clock.now().date())
    return {"declassified": found} if found else None


def _propose_change(dataset: str, column: str, change: ColumnChange, to: str) -> Link:
    """A change of a column becomes a proposal with what is known of it filled in (E1)."""
    given = {"action": change.value, "dataset": dataset, "column": column}
    if to:
        given["new_name" if change is ColumnChange.RENAME else "new_type"] = to
    return Link("Propose this change", f"{start_address('schema_change')}&{urlencode(given)}")


def register_places() -> None:
    """Add them to the registries; called once when the application starts."""
    places.add(
        "agreements",
        Place(
            "Agreements",
            "/agreements/",
            "agreements",
            order=30,
            covers=("/glossary/", "/conflicts/"),
        ),
    )
    places.add(
        "council",
        Place(
            "Council",
            "/council/",
            "council",
            order=40,
            covers=("/proposals/", "/decisions/"),
        ),
    )
    person_menu.add(
        "messages",
        Place("Messages", "/notifications/", "comment", order=10, tells_unread=True),
    )
    account_pages.add(
        "hearing", Place("How you want to hear", "/notifications/preferences/", "edit", order=10)
    )
    administration_parts.add("webhooks", PagePart("governance/notifications/webhooks_entry.html"))
    places.add("access", Place("Access", "/access/", "access", order=45, covers=("/audit/",)))
    dataset_access.add("opt-outs", Panel("governance/permissions/dataset.html", _access, order=10))
    lineage_panels.add("declassified", Panel("governance/permissions/lineage.html", _declassified))
    dataset_panels.add("agreements", Panel("governance/agreements/panel.html", _agreed, order=40))
    team_panels.add(
        "scorecard", TeamPanel("governance/culture/scorecard.html", _scorecard, order=5)
    )
    team_panels.add("goals", TeamPanel("governance/culture/team_goals.html", _goals, order=10))
    home_parts.add("jobs", PagePart("governance/culture/jobs.html", _jobs, order=1))
    home_parts.add(
        "first steps", PagePart("governance/culture/steps_at_home.html", _steps, order=10)
    )
    home_parts.add("missing data", PagePart("governance/culture/report_at_home.html", order=90))
    search_miss_parts.add(
        "missing data", PagePart("governance/culture/report_of_search.html", order=10)
    )
    change_actions.add("proposal", _propose_change)
    waiting.add("access", Waiting("access matter", waiting_count, _asks))
    waiting.add("council", Waiting("council matter", bar_count, _waits))

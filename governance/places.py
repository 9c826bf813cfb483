"""What governance adds to the catalog's frame: its places, a panel on every dataset's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from catalog.models import Dataset
from catalog.registries.navigation import Place, places
from catalog.registries.pages import Panel, dataset_panels
from catalog.registries.waiting import Waiting, WaitingItem, waiting
from catalog.types import Principal
from catalog.web.presentation.shapes import Link
from governance.addresses import proposal_address, start_address
from governance.agreements.selectors.agreements import agreements_of_dataset
from governance.notifications.selectors.inbox import asked_count
from governance.proposals.selectors.touching import open_proposals_on_dataset
from governance.proposals.selectors.waiting import waiting_for
from lineage.registries import change_actions
from lineage.types import ColumnChange


def _agreed(principal: Principal, dataset: Dataset) -> Mapping[str, Any]:
    return {
        "dataset": dataset,
        "versions": list(agreements_of_dataset(principal, dataset.pk)[:12]),
        "proposals": list(open_proposals_on_dataset(principal, dataset.pk)[:6]),
    }


def _waits(principal: Principal) -> Sequence[WaitingItem]:
    return [
        WaitingItem(
            title=one.proposal.title,
            href=proposal_address(one.proposal.key, "position"),
            action="Open",
            detail=f"{one.sentence} {one.proposal.key}",
            meaning="proposed",
            since=one.due,
        )
        for one in waiting_for(principal)
    ]


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
            covers=("/proposals/", "/decisions/", "/audit/"),
        ),
    )
    dataset_panels.add("agreements", Panel("governance/agreements/panel.html", _agreed, order=40))
    change_actions.add("proposal", _propose_change)
    waiting.add("council", Waiting("thing of the council", asked_count, _waits))

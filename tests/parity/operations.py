"""The operations, as each door takes them; a door that has not got one is None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from catalog.models import Label
from catalog.types import LabelKind
from tests.catalog.admin.test_admin import dataset_form
from tests.parity.world import World


@dataclass(frozen=True)
class Rest:
    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class GraphQL:
    query: str


@dataclass(frozen=True)
class Form:
    """A page (`form` None) or what it sends."""

    path: str
    form: dict[str, Any] | None = None


@dataclass(frozen=True)
class Operation:
    """`rule` names the row of EXPECTED in the test."""

    name: str
    rule: str
    rest: Rest
    graphql: GraphQL | None
    web: Form
    admin: Form | None


def _change(changes: str) -> Callable[[World], GraphQL]:
    return lambda world: GraphQL(
        f"mutation {{ changeDataset(dataset: {world.dataset.pk}, changes: {{{changes}}})"
        " { dataset { id } } }"
    )


def _mutation(world: World, name: str, arguments: str = "") -> GraphQL:
    return GraphQL(
        f"mutation {{ {name}(dataset: {world.dataset.pk} {arguments}) {{ dataset {{ id }} }} }}"
    )


def operations(world: World) -> list[Operation]:
    """Every operation on this world's objects."""
    pk, team = world.dataset.pk, world.team
    rest, web = f"/api/v1/datasets/{pk}", f"/datasets/{pk}"
    admin = f"/admin/catalog/dataset/{pk}/change/"
    list_page = "/admin/catalog/dataset/"
    label = Label.objects.get_or_create(
        kind=LabelKind.CLASSIFICATION, path="Personal", defaults={"name": "Personal"}
    )[0]
    owner_row = {
        "ownerships-TOTAL_FORMS": "1", "ownerships-0-dataset": pk,
        "ownerships-0-kind": "steward", "ownerships-0-team": team.pk,
    }  # fmt: skip
    label_row = {
        "labels-TOTAL_FORMS": "1", "labels-0-dataset": pk, "labels-0-label": label.pk,
    }  # fmt: skip
    held = {"criticality": "3"}
    today = f"{timezone.now():%Y-%m-%d}"
    return [
        Operation(
            "see", "see",
            Rest("get", f"{rest}/"), GraphQL(f"{{ dataset(id: {pk}) {{ name }} }}"),
            Form(f"{web}/"), Form(admin),
        ),
        Operation(
            "describe", "wiki",
            Rest("patch", f"{rest}/", {"changes": {"description": "New"}}),
            _change('description: "New"')(world),
            Form(f"{web}/edit/description/", {"description": "New"}), None,
        ),
        Operation(
            "tag", "wiki",
            Rest("post", f"{rest}/labels/add/", {"kind": "tag", "path": "review"}),
            _mutation(world, "addLabel", 'kind: "tag", path: "review"'),
            Form(f"{web}/labels/put/", {"kind": "tag", "path": "review"}),
            Form(list_page, {"action": "tag_for_review", "_selected_action": [pk]}),
        ),
        Operation(
            "set criticality", "steward",
            Rest("patch", f"{rest}/", {"changes": {"criticality": 1}}),
            _change("criticality: 1")(world),
            Form(f"{web}/edit/importance/", {"criticality": "1"}),
            Form(admin, dataset_form(world.dataset, criticality="1")),
        ),
        Operation(
            "add owner", "steward",
            Rest("post", f"{rest}/owners/", {"kind": "steward", "team": team.pk}),
            _mutation(world, "addOwner", f'kind: "steward", team: {team.pk}'),
            Form(f"{web}/owners/name/", {"owner": f"team:{team.pk}", "kind": "steward"}),
            Form(admin, dataset_form(world.dataset, **held, **owner_row)),
        ),
        Operation(
            "classify", "steward",
            Rest("post", f"{rest}/labels/add/", {"kind": "classification", "path": "Personal"}),
            _mutation(world, "addLabel", 'kind: "classification", path: "Personal"'),
            Form(f"{web}/labels/put/", {"kind": "classification", "path": "Personal"}),
            Form(admin, dataset_form(world.dataset, **held, **label_row)),
        ),
        Operation(
            "change lifecycle", "steward",
            Rest("post", f"{rest}/lifecycle/", {"to": "deprecated", "reason": "Old"}),
            _mutation(world, "changeLifecycle", 'to: "deprecated", reason: "Old"'),
            Form(f"{web}/edit/lifecycle/", {"to": "deprecated", "reason": "Old"}),
            Form(list_page, {"action": "deprecate", "_selected_action": [pk]}),
        ),
        Operation(
            "revert", "steward",
            Rest("post", f"{rest}/revert/", {"history_id": int(world.version)}),
            _mutation(world, "revertDataset", f"historyId: {world.version}"),
            Form(f"{web}/revert/", {"history_id": world.version}), None,
        ),
        Operation(
            "put first in a search", "steward",
            Rest("post", f"{rest}/placements/", {"query": "new", "reason": "W", "ends_on": today}),
            _mutation(world, "placeFirstInSearch", f'query: "n", reason: "W", endsOn: "{today}"'),
            Form(f"{web}/search/", {"query": "new", "reason": "W", "ends_on": today}), None,
        ),
        Operation(
            "follow", "keep",
            Rest("put", f"{rest}/follow/"), _mutation(world, "follow"),
            Form(f"{web}/follow/", {}), None,
        ),
        Operation(
            "ask", "wiki",
            Rest("post", f"{rest}/questions/", {"text": "Gross?"}),
            _mutation(world, "askQuestion", 'text: "Gross?"'),
            Form(f"{web}/questions/", {"text": "Gross?"}), None,
        ),
        Operation(
            "make team", "administer",
            Rest("post", "/api/v1/teams/", {"name": "Newcomers", "kind": "business"}), None,
            Form("/records/team/new/", {"name": "Newcomers", "kind": "business"}),
            Form("/admin/catalog/team/add/", {
                "name": "Newcomers", "kind": "business",
                "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
            }),
        ),
        Operation(
            "request run", "ingest",
            Rest("post", f"/api/v1/connections/{world.connection.pk}/run/", {"dry_run": True}),
            GraphQL(
                f"mutation {{ requestRun(connection: {world.connection.pk}, dryRun: true)"
                " { run { id } } }"
            ),
            Form(f"/ingestion/{world.connection.pk}/start/", {"look": "1"}),
            Form("/admin/catalog/connection/", {
                "action": "run_now", "_selected_action": [world.connection.pk],
            }),
        ),
    ]  # fmt: skip

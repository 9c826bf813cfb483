"""What every tab of the dataset page shows around its content: name, place, agreement line, tabs,
notices; as it is, or as it was with `?as_of=`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.promises import promise_badge, promise_sentence
from catalog.registries.pages import dataset_badges, dataset_tabs
from catalog.selectors.dataset_header import containers_around, header_numbers
from catalog.selectors.datasets import get_dataset
from catalog.selectors.past import PastDataset, past_dataset
from catalog.selectors.promises import own_promise, promise_of
from catalog.selectors.rights import Rights, rights_on
from catalog.stages import stage_and_origin
from catalog.types import Lifecycle, Principal
from catalog.web.addresses import dataset_address, own_page, search_address
from catalog.web.agreement_lines import line_of_dataset
from catalog.web.datasets.confirmations import confirmation_of
from catalog.web.datasets.moments import moment_of
from catalog.web.middleware import principal_from
from catalog.web.presentation import query_strings
from catalog.web.presentation.shapes import Link, Tab

_OWN_TABS = (
    ("dataset", "Overview", 10),
    ("columns", "Columns", 20),
    ("dataset_quality", "Quality", 40),
    ("dataset_access", "Access", 50),
    ("dataset_uses", "Uses", 60),
    ("dataset_history", "History", 70),
    ("dataset_activity", "Activity", 80),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A dataset page about to be filled; `context` is what `catalog/dataset/base.html` takes.

    `at` is the past moment shown, with `past` the state then; both None for the present.
    """

    principal: Principal
    dataset: Dataset
    rights: Rights
    at: dt.datetime | None
    past: PastDataset | None
    context: dict[str, Any]


def frame_of(request: HttpRequest, dataset_id: int) -> Frame:
    """The frame for one dataset; raises NotFound for what is not there or may not be seen."""
    principal = principal_from(request)
    dataset = get_dataset(principal, dataset_id)
    at, wrong_moment = _moment(request)
    past = past_dataset(principal, dataset_id, at) if at else None
    rights = rights_on(principal, dataset, is_past=past is not None)
    shown = past.dataset if past else dataset
    numbers = header_numbers(principal, dataset)
    column_count = len(past.columns) if past else numbers.column_count
    lists = dict(request.GET.lists())
    promise = own_promise(shown) if past else promise_of(principal, shown)
    context = {
        "dataset": shown,
        "rights": rights,
        "may_read": rights.read,
        "line": line_of_dataset(
            shown, rights.read, gate().authorize(principal, Action.READ_WHOLE, shown)
        ),
        "breadcrumb": _breadcrumb(principal, shown),
        "tabs": _tabs(request, principal, dataset, column_count, at),
        "badges": [
            badge for make in dataset_badges if (badge := make(principal, shown)) is not None
        ],
        "promise": promise_sentence(promise),
        "promise_badge": promise_badge(promise),
        "promise_because": promise.because,
        "stage": stage_and_origin(shown),
        "is_following": numbers.is_following,
        "has_remarks": numbers.has_remarks,
        "is_deprecated": shown.lifecycle in {Lifecycle.DEPRECATED, Lifecycle.ARCHIVED},
        "confirmation": confirmation_of(request),
        "at": at,
        "wrong_moment": wrong_moment,
        "present_href": query_strings.with_changes(lists, {"as_of": None}),
        "meaning": shown.declared_description or shown.harvested_description,
    }
    return Frame(principal, shown, rights, at, past, context)


def _moment(request: HttpRequest) -> tuple[dt.datetime | None, str]:
    try:
        return moment_of(request.GET.get("as_of", "")), ""
    except InvalidInput as error:
        return None, error.message


def _breadcrumb(principal: Principal, dataset: Dataset) -> tuple[Link, ...]:
    system = dataset.system
    steps = [
        Link(
            system.display_name or system.instance,
            own_page("system", system.pk, system.qualified_name)
            or search_address(system=system.qualified_name),
        )
    ]
    steps += [
        Link(
            container.name,
            own_page("container", container.pk, container.qualified_name)
            or search_address(q=container.name),
        )
        for container in containers_around(principal, dataset)
    ]
    return (*steps, Link(dataset.name))


def _tabs(
    request: HttpRequest,
    principal: Principal,
    dataset: Dataset,
    column_count: int,
    at: dt.datetime | None,
) -> list[Tab]:
    suffix = f"?as_of={request.GET['as_of']}" if at else ""
    placed = [
        (
            order,
            Tab(
                label,
                dataset_address(dataset.pk, name) + suffix,
                request.path == dataset_address(dataset.pk, name),
                column_count if name == "columns" else None,
            ),
        )
        for name, label, order in _OWN_TABS
    ]
    placed += [
        (
            tab.order,
            Tab(
                tab.label,
                tab.href(dataset) + suffix,
                request.path == tab.href(dataset),
                tab.count(principal, dataset),
            ),
        )
        for tab in dataset_tabs
    ]
    return [tab for _, tab in sorted(placed, key=lambda item: item[0])]

"""The tabs that are only read: quality with its sample, access, uses, activity."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import CatalogError
from catalog.models import Dataset, Profile, Relation
from catalog.pictures.charts import Bar, Point, bar_chart, line_chart
from catalog.pictures.relations_picture import Related, relations_picture
from catalog.pictures.svg import Svg
from catalog.registries.pages import dataset_access
from catalog.selectors.activity import events_of
from catalog.selectors.datasets import relations_of, test_results_of
from catalog.selectors.quality import (
    STALE_AFTER,
    ColumnStatistics,
    column_statistics,
    measurements_of,
)
from catalog.selectors.samples import sample_rows
from catalog.selectors.usage import (
    followers_of,
    heaviest_readers,
    products_of,
    usage_by_day,
    usage_summary,
)
from catalog.web.addresses import dataset_address
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.replies import wants_fragment
from catalog.web.datasets.wording import event_detail, event_sentence
from catalog.web.presentation.numbers import percent, short_bytes, short_number
from catalog.web.presentation.query_strings import with_changes
from catalog.web.presentation.shapes import Link, TimelineItem
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole

TESTS_ON_A_PAGE = 50
STATISTICS_ON_A_PAGE = 100
BARS_SHOWN = 12
FOLLOWERS_SHOWN = 50
RELATIONS_SHOWN = 100
EVENTS_ON_A_PAGE = 50
# What a person may change on a dataset, as one line of the access page each.
_CHANGES = (
    ("description", "describe it and its columns"),
    ("tags", "put tags on it"),
    ("questions", "ask, answer and report problems"),
    ("example_queries", "add example queries"),
    ("owners", "name and release owners"),
    ("classifications", "classify it"),
    ("consistency", "say how right and how fresh it is"),
    ("lifecycle", "move it through its lifecycle"),
)


@require_GET
def quality(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/quality/`: tests, measurements over time, statistics, a sample."""
    frame = frame_of(request, dataset_id)
    profiles = measurements_of(frame.principal, frame.dataset, until=frame.at)
    statistics = column_statistics(frame.principal, frame.dataset, until=frame.at)
    tests = [] if frame.past else list(test_results_of(frame.principal, frame.dataset))
    latest = profiles[-1] if profiles else None
    context = {
        **frame.context,
        "tests": Paginator(tests, TESTS_ON_A_PAGE).get_page(request.GET.get("tests")),
        "not_passed": sum(test.status not in {"passed", "skipped"} for test in tests),
        "latest": latest,
        "was_stale": latest is not None
        and frame.at is not None
        and frame.at - latest.taken_at > STALE_AFTER,
        "charts": _charts(profiles),
        "statistics": Paginator(statistics, STATISTICS_ON_A_PAGE).get_page(request.GET.get("page")),
        "empty_chart": _empty_chart(statistics),
    }
    return render(request, "catalog/dataset/quality.html", context)


@require_GET
def sample(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Some rows, read from the source now; a page of its own, because a source can be slow."""
    frame = frame_of(request, dataset_id)
    context = dict(frame.context)
    try:
        context["sample"] = sample_rows(frame.principal, frame.dataset)
    except (CatalogError, AccessRefused) as error:
        context["no_sample"] = reason_of(error)
    template = (
        "catalog/dataset/sample_rows.html"
        if wants_fragment(request)
        else "catalog/dataset/sample.html"
    )
    return render(request, template, context)


@require_GET
def access(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/access/`: what I may do here, what not, and why."""
    frame = frame_of(request, dataset_id)
    changes = [(words, frame.rights[fact]) for fact, words in _CHANGES]
    parts = () if frame.past else sorted(dataset_access, key=lambda part: part.order)
    made = [(part.template, part.context(frame.principal, frame.dataset)) for part in parts]
    context = {
        **frame.context,
        "parts": [(template, shown) for template, shown in made if shown is not None],
        "may_change": [words for words, verdict in changes if verdict.allowed],
        "may_not_change": [
            (words, reason_of(AccessRefused(verdict)))
            for words, verdict in changes
            if not verdict.allowed
        ],
    }
    return render(request, "catalog/dataset/access.html", context)


@require_GET
def uses(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/uses/`: who uses it, how often, what stands on it."""
    frame = frame_of(request, dataset_id)
    principal, dataset = frame.principal, frame.dataset
    days = usage_by_day(principal, dataset)
    used = any(day.views or day.reads for day in days)
    points = [
        Point(exact_day(day.day), float(day.views + day.reads), f"{day.views + day.reads:,} times")
        for day in days
    ]
    followers = followers_of(principal, dataset)
    relations = list(relations_of(principal, dataset)[:RELATIONS_SHOWN])
    context = {
        **frame.context,
        "picture": _picture(frame.context["breadcrumb"], dataset, relations) if relations else None,
        "summary": usage_summary(principal, dataset, days=90),
        "chart": line_chart("Uses per day in the last 90 days", points, width=720)
        if used
        else None,
        "readers": heaviest_readers(principal, dataset),
        "follower_count": followers.count(),
        "followers": followers[:FOLLOWERS_SHOWN],
        "relations": relations,
        "ports": products_of(principal, dataset)[:RELATIONS_SHOWN],
    }
    return render(request, "catalog/dataset/uses.html", context)


def _picture(breadcrumb: Sequence[Link], dataset: Dataset, relations: Sequence[Relation]) -> Svg:
    """The dataset in what contains it, and beside it what it is related to (R-041)."""
    related = []
    for relation in relations:
        is_source = relation.target_id == dataset.pk and relation.source_id != dataset.pk
        other = relation.source if is_source else relation.target
        words = relation.kind.replace("_", " ")
        related.append(
            Related(
                other.display_name or other.name,
                other.kind.replace("_", " "),
                dataset_address(other.pk),
                f"{words}: {relation.name}" if relation.name else words,
                is_source,
            )
        )
    containers = [link.label for link in breadcrumb[:-1]]
    return relations_picture(dataset.display_name or dataset.name, containers, related)


@require_GET
def activity(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/activity/`: what happened, newest first."""
    frame = frame_of(request, dataset_id)
    cursor = request.GET.get("cursor", "")
    before = whole(cursor)
    events = events_of(
        frame.principal,
        frame.dataset,
        before=before,
        until=frame.at,
        limit=EVENTS_ON_A_PAGE + 1,
    )
    shown = events[:EVENTS_ON_A_PAGE]
    lists = dict(request.GET.lists())
    context = {
        **frame.context,
        "items": [
            TimelineItem(
                what=f"{event.actor_name} {event_sentence(event)}",
                when=event.created_at,
                detail=event_detail(event),
                icon=_event_icon(event.type),
            )
            for event in shown
        ],
        "next_href": with_changes(lists, {"cursor": shown[-1].pk})
        if len(events) > EVENTS_ON_A_PAGE
        else "",
        "previous_href": with_changes(lists, {"cursor": None}) if before else "",
    }
    return render(request, "catalog/dataset/activity.html", context)


def _charts(measured: Sequence[Profile]) -> list[Svg]:
    if len(measured) < 2:
        return []
    charts = []
    rows = [_point(profile, profile.rows, short_number(profile.rows)) for profile in measured]
    sizes = [
        _point(profile, profile.size_bytes, short_bytes(profile.size_bytes)) for profile in measured
    ]
    for title, points in (("Rows at each measurement", rows), ("Bytes at each measurement", sizes)):
        if any(point.value is not None for point in points):
            charts.append(line_chart(title, points))
    return charts


def _point(profile: Profile, value: int | None, shown: str) -> Point:
    label = exact_day(profile.taken_at.date())
    return Point(label, None if value is None else float(value), "" if value is None else shown)


def _empty_chart(statistics: tuple[ColumnStatistics, ...]) -> Svg | None:
    known = [stated for stated in statistics if stated.share_empty]
    known.sort(key=lambda stated: stated.share_empty or 0, reverse=True)
    if not known:
        return None
    bars = [
        Bar(stated.path, stated.share_empty, percent(stated.share_empty))
        for stated in known[:BARS_SHOWN]
    ]
    return bar_chart("Share of rows without a value, by column", bars, full=1)


def _event_icon(type_: str) -> str:
    if type_.endswith("conversation_held"):
        return "comment"
    return "plus" if type_.endswith("created") else "edit"

"""A metric promises no more than what it is made from (R-064)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.durations import duration_of, is_duration, seconds_of
from catalog.models import Dataset
from catalog.promises import Promise, weakest
from catalog.selectors.promises import promise_of
from lineage.services.manual import draw_edge
from tests.factories import PersonFactory, administrator, principal
from tests.lineage.warehouse import table

durations = st.integers(0, 10**8).map(duration_of)
promises = st.builds(
    Promise, st.sampled_from(["", "strong", "eventual"]), st.just("") | durations, durations
)
ORDER = ("", "strong", "eventual")


@given(promises, st.lists(st.tuples(st.text(), promises), max_size=6))
def test_nothing_promised_is_stronger_than_its_sources(
    own: Promise, sources: list[tuple[str, Promise]]
) -> None:
    held = weakest(own, sources)

    for promise in (own, *(promise for _, promise in sources)):
        assert ORDER.index(held.consistency) >= ORDER.index(promise.consistency)
        assert seconds_of(held.finality_lag) >= seconds_of(promise.finality_lag)
        assert seconds_of(held.expected_latency) >= seconds_of(promise.expected_latency)
    assert set(held.because) <= {name for name, _ in sources}
    if not held.because:
        assert [seconds_of(held.finality_lag), held.consistency] == [
            seconds_of(own.finality_lag), own.consistency]  # fmt: skip


@given(st.integers(0, 10**9))
def test_a_duration_says_how_long_it_is(seconds: int) -> None:
    assert is_duration(duration_of(seconds))
    assert seconds_of(duration_of(seconds)) == seconds


@pytest.fixture
def metric(db: None) -> dict[str, Dataset]:
    """A metric made from bookings, which are right at once, and clicks, which settle in 3 days."""
    made = {
        name: table(f"shop.public.{name}", ("id",))
        for name in ("bookings", "clicks", "joined", "conversion")
    }
    Dataset.objects.filter(pk=made["bookings"].pk).update(consistency="strong")
    Dataset.objects.filter(pk=made["clicks"].pk).update(
        consistency="eventual", finality_lag="P3D", expected_latency="PT15M"
    )
    Dataset.objects.filter(pk=made["conversion"].pk).update(
        kind="metric", consistency="strong", expected_latency="PT1H"
    )
    for source, target in (("bookings", "joined"), ("clicks", "joined"), ("joined", "conversion")):
        draw_edge(
            acting=administrator(),
            source_id=made[source].pk,
            target_id=made[target].pk,
            reason="It is computed so.",
        )
    for dataset in made.values():
        dataset.refresh_from_db()
    return made


def test_a_metric_combining_both_kinds_shows_the_weaker(
    metric: dict[str, Dataset], django_assert_num_queries: Any
) -> None:
    # given a metric that was declared right at once; when what holds of it is asked
    who = principal()
    with django_assert_num_queries(2):
        promise = promise_of(who, metric["conversion"])
    # then it is as eventual and as late final as the clicks, and says so
    clicks = metric["clicks"].qualified_name
    assert promise == Promise("eventual", "PT1H", "P3D", (clicks,))
    # and a table that holds its own data promises for itself
    with django_assert_num_queries(0):
        assert promise_of(who, metric["joined"]) == Promise()


def test_page_rest_and_graphql_say_the_weaker_promise(metric: dict[str, Dataset]) -> None:
    client = Client()
    client.force_login(PersonFactory())
    pk, clicks = metric["conversion"].pk, metric["clicks"].qualified_name

    page = client.get(f"/datasets/{pk}/").content.decode()
    rest = client.get(f"/api/v1/datasets/{pk}/promise/").json()
    asked = f'{{ dataset(id: "{pk}") {{ promise {{ consistency finalityLag because }} }} }}'
    graph = client.post("/graphql/", {"query": asked}, content_type="application/json").json()

    assert "Roughly right, final on the 3rd day</a>" in page
    assert "As weak as what it is made from: " in page
    assert rest == {
        "consistency": "eventual", "expected_latency": "PT1H", "finality_lag": "P3D",
        "because": [clicks],
    }  # fmt: skip
    assert graph["data"]["dataset"]["promise"] == {
        "consistency": "eventual", "finalityLag": "P3D", "because": [clicks]}  # fmt: skip


def test_what_may_not_be_seen_weakens_nothing_that_is_shown(
    metric: dict[str, Dataset], hide: Any
) -> None:
    hide(metric["clicks"])

    assert promise_of(principal(), metric["conversion"]) == Promise("strong", "PT1H", "")

"""In a story deadlines and the past are counted from the story, and what really happened is not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from pytest_django import Settings

from governance.proposals.services import story_clock
from governance.proposals.web.story import story_clock as tell

MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)
PAGE = Template("{% load governance %}{{ moment|ahead }}")


@pytest.mark.django_db
def test_in_a_story_the_present_is_the_storys(settings: Settings) -> None:
    settings.STORY_CLOCK = True
    story_clock.freeze(MONDAY)
    shown = PAGE.render(Context({"moment": MONDAY + dt.timedelta(days=2)}))
    assert ">in 2 days</time>" in shown
    assert ">yesterday</time>" in PAGE.render(Context({"moment": dt.date(2026, 9, 6)}))


@pytest.mark.django_db
def test_elsewhere_it_is_the_real_one() -> None:
    shown = PAGE.render(Context({"moment": dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)}))
    assert ">3 hours ago</time>" in shown


CATALOG_PAGE = Template("{% load concord %}{{ moment|ago }}")


@pytest.mark.django_db
def test_pages_of_the_catalog_count_a_storys_past_from_the_story(
    settings: Settings, rf: RequestFactory
) -> None:
    settings.STORY_CLOCK = True
    story_clock.freeze(MONDAY)
    tell(rf.get("/"))
    now = dt.datetime.now(dt.UTC)

    # What people of the story did is told as on its own pages, what really happened as it did
    assert ">just now</time>" in CATALOG_PAGE.render(Context({"moment": MONDAY}))
    assert ">yesterday</time>" in CATALOG_PAGE.render(Context({"moment": dt.date(2026, 9, 6)}))
    if now > MONDAY:
        assert ">just now</time>" in CATALOG_PAGE.render(Context({"moment": now}))

    # And without a story everything is real
    settings.STORY_CLOCK = False
    assert tell(rf.get("/")) == {}
    earlier = now - dt.timedelta(hours=3)
    assert ">3 hours ago</time>" in CATALOG_PAGE.render(Context({"moment": earlier}))


STALE = Template("{% load concord %}{% if moment|older_than_days:7 %}old{% else %}young{% endif %}")


@pytest.mark.django_db
def test_what_was_measured_in_a_story_is_old_by_the_storys_time(
    settings: Settings, rf: RequestFactory
) -> None:
    settings.STORY_CLOCK = True
    story_clock.freeze(MONDAY)
    tell(rf.get("/"))

    # Measured this morning, as the page says beside it, whatever the day of the machine is
    assert STALE.render(Context({"moment": MONDAY - dt.timedelta(hours=5)})) == "young"
    assert STALE.render(Context({"moment": MONDAY - dt.timedelta(days=8)})) == "old"

    settings.STORY_CLOCK = False
    tell(rf.get("/"))
    now = dt.datetime.now(dt.UTC)
    assert STALE.render(Context({"moment": now - dt.timedelta(days=8)})) == "old"
    assert STALE.render(Context({"moment": now - dt.timedelta(days=6)})) == "young"

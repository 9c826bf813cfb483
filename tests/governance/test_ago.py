"""How long ago something was is counted from governance's clock on governance's pages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context, Template
from pytest_django import Settings

from governance.proposals.services import story_clock

MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)
PAGE = Template("{% load concord governance %}{{ moment|ago }}")


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

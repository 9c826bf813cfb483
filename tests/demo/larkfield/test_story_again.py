"""Told twice over the same catalog, the story goes the same way; its first months tell as much."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import override_settings

from config.demo.larkfield import story
from governance.council.selectors.decisions import verify_chain
from governance.models import Decision, Position
from governance.permissions.holder import opt_outs

SPRING_ENDS = dt.datetime(2026, 5, 11, 9, tzinfo=dt.UTC)


@pytest.mark.usefixtures("larkfield")
def test_two_tellings_end_in_the_same_chain_of_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    opt_outs.install(None)  # the tests of drafts ask what the database holds
    numbers = _numbers()
    spring = [one for one in story.happenings() if one[0] < SPRING_ENDS]
    monkeypatch.setattr(story, "happenings", lambda: spring)
    monkeypatch.setattr(story, "_begins", lambda: SPRING_ENDS)
    with override_settings(STORY_CLOCK=True):
        with transaction.atomic():
            first = _told()
            transaction.set_rollback(True)
        assert not Decision.objects.exists()
        _count_from(numbers)
        assert _told() == first
    assert verify_chain().is_whole
    assert len(first) > 20


def _told() -> list[tuple[str, str]]:
    """Tell the story: the links of its chain, and what salted digests the positions have."""
    story.tell()
    links = Decision.objects.order_by("number").values_list("key", "hash")
    said = Position.objects.order_by("pk").values_list("value", "reason_digest")
    return [*links, *said]


def _numbers() -> dict[str, int | None]:
    """How far every table has counted its rows: a fresh database counts alike."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname='public'"
        )
        return dict(cursor.fetchall())


def _count_from(numbers: dict[str, int | None]) -> None:
    with connection.cursor() as cursor:
        for name, last in numbers.items():
            cursor.execute(
                "SELECT setval(quote_ident(%s), %s, %s)", [name, last or 1, last is not None]
            )

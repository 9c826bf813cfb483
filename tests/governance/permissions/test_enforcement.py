"""Which process decides from which policy: noted, shown to whoever may know, told where it lags."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.types import TokenScope
from governance.models import EffectiveEpoch, EnforcementPoint, Gateway, Notification, PolicyEpoch
from governance.permissions.gateways import reporting
from governance.permissions.gateways.reporting import Report, Reports
from governance.permissions.selectors.enforcement import PointState, enforcement
from governance.permissions.services.enforcing import note_effective, tell_of_lagging
from governance.permissions.services.gateways import add_gateway
from tests.factories import AdministratorFactory, PersonFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING
from tests.lineage.openlineage.sending import bearer

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def gateway() -> Gateway:
    """One for clients, and an opt-out of olga's in force."""
    PersonFactory(username="olga")
    PersonFactory(username="ann")
    in_force(opt_out(1, owner="person:olga"))
    PolicyEpoch.objects.update(changed_at=timezone.now())
    return add_gateway(acting=ACTING, name="app", system="trino://lake", uses=["bundle"])[0]


def said(gateway: Gateway, epoch: int, instance: str = "one", door: str = "client") -> Reports:
    """A process says what it runs."""
    reports = Reports(lambda version: epoch)
    reports.note(Report(gateway.pk, instance, door, version=100 + epoch, waiting=4))
    return reports


def newest() -> int:
    """The policy epoch in force."""
    return PolicyEpoch.objects.get().number


def seen(username: str, at: dt.datetime):
    """What somebody sees."""
    return enforcement(principal_of(Person.objects.get(username=username)), at)


def test_a_process_is_current_when_it_says_so(gateway: Gateway) -> None:
    # given a process with the epoch before, within the time that a change may take
    now, epoch = timezone.now(), newest()
    said(gateway, epoch - 1).flush(now)
    found = seen("ann", now)
    assert [one.state for one in found.points] == [PointState.CATCHING_UP]
    assert (found.counted, found.current, found.lagging) == (1, 0, 0)
    assert [(one.reached, one.points, one.is_everywhere) for one in found.changes] == [
        (0, 1, False)
    ]
    # when it has the newest, then it is since then, and so is the policy
    said(gateway, epoch).flush(now + SECOND)
    said(gateway, epoch).flush(now + 5 * SECOND)
    found = seen("ann", now + 6 * SECOND)
    (point,) = found.points
    assert (point.state, point.epoch, point.version) == (PointState.CURRENT, epoch, 100 + epoch)
    assert (point.since, point.reported_at, point.waiting) == (
        now + SECOND, now + 5 * SECOND, 4,
    )  # fmt: skip
    assert found.everywhere_since == now + SECOND
    (change,) = found.changes
    assert (change.is_everywhere, change.everywhere_since) == (True, now + SECOND)
    assert EffectiveEpoch.objects.get(epoch=epoch).points == 1


def test_one_that_lags_is_told_of_once_to_owners_and_administrators(gateway: Gateway) -> None:
    AdministratorFactory(username="boss")
    now, epoch = timezone.now(), newest()
    said(gateway, epoch - 1, "two").flush(now)
    said(gateway, epoch).flush(now)
    # within the time that a change may take nobody is told
    assert tell_of_lagging(now) == 0
    later = now + 60 * SECOND
    assert seen("ann", later).lagging == 1
    # then whoever answers for the opt-out that it misses is, and administrators
    assert tell_of_lagging(later) == 2
    assert tell_of_lagging(later + 60 * SECOND) == 0
    rows = Notification.objects.filter(kind="lagging").order_by("person__username")
    assert [row.person.username for row in rows] == ["boss", "olga"]
    assert rows[0].title == "app still decides by an older policy"
    assert rows[0].url == "/access/enforcement/"
    assert rows[0].is_immediate
    # and the policy is not everywhere before it has it
    assert not EffectiveEpoch.objects.filter(epoch=epoch).exists()
    assert note_effective(later) is None
    said(gateway, epoch, "two").flush(later + SECOND)
    assert seen("ann", later + SECOND).everywhere_since == later + SECOND


def test_many_that_lag_are_told_of_in_as_many_queries_as_few(
    gateway: Gateway, django_assert_max_num_queries: Any
) -> None:
    now, epoch = timezone.now(), newest()
    for number in range(30):
        said(gateway, epoch - 1 - number % 3, f"process {number}").flush(now)

    with django_assert_max_num_queries(20):
        assert tell_of_lagging(now + 60 * SECOND) == 30


def test_silence_closes_a_process_and_then_forgets_it(gateway: Gateway) -> None:
    now, epoch = timezone.now(), newest()
    said(gateway, epoch).flush(now)
    states = {
        seconds: [one.state for one in seen("ann", now + seconds * SECOND).points]
        for seconds in (1, 121, 3_601, 31 * 86_400)
    }
    assert states == {
        1: [PointState.CURRENT], 121: [PointState.SILENT], 3_601: [PointState.CLOSED],
        31 * 86_400: [],
    }  # fmt: skip
    # what decides nothing is not counted, and nobody is told of it
    assert seen("ann", now + 3_601 * SECOND).counted == 0
    said(gateway, epoch - 1, "old").flush(now)
    assert tell_of_lagging(now + 3_700 * SECOND) == 0
    tell_of_lagging(now + dt.timedelta(days=31))
    assert not EnforcementPoint.objects.exists()


def test_an_engine_that_asks_has_what_the_service_has(gateway: Gateway) -> None:
    reports = Reports(lambda version: 0)
    reports.asked(gateway.pk, 7)
    now = timezone.now()
    assert reports.flush(now) == 1
    (point,) = seen("ann", now + dt.timedelta(days=1)).points
    assert (point.state, point.epoch, point.door) == (PointState.CURRENT, newest(), "trino")


def test_a_report_that_the_database_refuses_costs_no_other(gateway: Gateway) -> None:
    # Given many reports, one of which holds what no text of the database does
    reports = Reports(lambda version: 1)
    for name in ("a", "b", "c\x00d", "e", "f"):
        reports.note(Report(gateway.pk, name, "client", 7))

    # When they are written, then the others are there
    assert reports.flush() == 4
    assert "".join(EnforcementPoint.objects.values_list("instance", flat=True)) == "abef"


def test_names_without_end_push_out_those_that_are_silent_for_longest(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a gateway whose secret is used under ever other names, and another one
    monkeypatch.setattr(reporting, "MOST_POINTS", 3)
    other = add_gateway(acting=ACTING, name="other", system="trino://lake", uses=["bundle"])[0]
    reports = Reports(lambda version: 1)
    now = timezone.now()
    for round in range(3):
        for number in range(4):
            reports.note(Report(gateway.pk, f"{round}-{number}", "client", 7))
        reports.note(Report(other.pk, "one", "client", 7))
        reports.flush(now + round * SECOND)

    # Then neither memory nor the database holds more than so many of it, and the other is heard
    held = EnforcementPoint.objects.filter(gateway=gateway).values_list("instance", flat=True)
    assert list(held) == ["2-0", "2-1", "2-2"]
    assert EnforcementPoint.objects.get(gateway=other).reported_at == now + 2 * SECOND


def test_whoever_reports_while_others_are_written_waits_for_no_writing(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a report that comes while a writing takes what there is
    reports = Reports(lambda version: 1)
    reports.note(Report(gateway.pk, "one", "client", 7))
    write = reports._write

    def meanwhile(*given):
        reports.note(Report(gateway.pk, "two", "client", 7))
        return write(*given)

    monkeypatch.setattr(reports, "_write", meanwhile)

    # Then it is written with the next ones
    assert reports.flush() == 1
    monkeypatch.setattr(reports, "_write", write)
    assert reports.flush() == 1
    # And nothing is written into what a writing has taken: the door is locked meanwhile
    taken = threading.Thread(target=reports.note, args=(Report(gateway.pk, "x", "client", 7),))
    with reports._lock:
        taken.start()
        taken.join(0.05)
        assert taken.is_alive()
        assert not reports._waiting
    taken.join()
    assert len(reports._waiting) == 1


def test_a_gateway_that_was_revoked_says_nothing(gateway: Gateway) -> None:
    said(gateway, 1).flush()
    Gateway.objects.update(revoked_at=timezone.now())
    assert seen("ann", timezone.now()).points == ()
    Gateway.objects.all().delete()
    assert said(gateway, 1).flush() == 0


def test_every_door_tells_it_and_only_administrators_see_processes(gateway: Gateway) -> None:
    AdministratorFactory(username="boss")
    epoch = newest()
    said(gateway, epoch, "host-17").flush()
    shown = {}
    for name in ("ann", "boss"):
        browser = Browser()
        browser.force_login(Person.objects.get(username=name))
        page = browser.get(reverse("governance:enforcement"))
        assert page.status_code == 200
        assert b"Up to date" in page.content
        assert b"Everywhere" in page.content
        rest = browser.get("/api/v1/enforcement/", headers=bearer_of(name)).json()
        query = "{ enforcement { epoch points { gateway instance state } changes { number } } }"
        graph = browser.post(
            "/graphql/", {"query": query}, content_type="application/json",
            headers=bearer_of(name),
        ).json()["data"]["enforcement"]  # fmt: skip
        assert (rest["epoch"], graph["epoch"]) == (epoch, epoch)
        assert [one["number"] for one in rest["changes"]] == ["OO-1"]
        assert [one["number"] for one in graph["changes"]] == ["OO-1"]
        told = {one["instance"] for one in (*rest["points"], *graph["points"])}
        shown[name] = (told, b"host-17" in page.content)
    assert shown == {"ann": ({""}, False), "boss": ({"host-17"}, True)}
    # and a stranger sees nothing
    assert Browser().get(reverse("governance:enforcement")).status_code == 302


def bearer_of(username: str) -> dict[str, str]:
    """A token of somebody."""
    person = Person.objects.get(username=username)
    scopes = [TokenScope.READ, TokenScope.ADMIN] if person.is_superuser else [TokenScope.READ]
    return bearer(*scopes, person=person)


def test_where_nobody_decides_an_opt_out_is_not_said_to_be_everywhere(gateway: Gateway) -> None:
    browser = Browser()
    browser.force_login(Person.objects.get(username="ann"))

    page = browser.get(reverse("governance:enforcement")).content.decode()

    assert "No process decides by itself, and no engine asked within a month." in page
    assert f"Policy epoch {newest()} was adopted <time" in page
    assert "Nobody decides by it" in page
    assert "Everywhere" not in page
    assert "OO-1: OO-1" not in page

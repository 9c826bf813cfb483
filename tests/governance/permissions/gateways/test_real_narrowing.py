"""A narrowing decision arrives at every kind of gateway at once, and each says that it has it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from catalog.models import Person
from catalog.selectors.principals import principal_of
from concord_client import Client
from governance.models import Notification, PolicyEpoch
from governance.permissions.gateways.clients.signing import public_key
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.enforcement import (
    LAG,
    Enforcement,
    Point,
    PointState,
    enforcement,
)
from governance.permissions.services.enforcing import tell_of_lagging
from governance.permissions.services.gateways import add_gateway
from tests.factories import PersonFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.lake import REFUSED, filled, listed, outcome
from tests.governance.permissions.gateways.test_real_envoy import (
    ROUTES,
    Service,
    configuration,
    token,
)
from tests.governance.permissions.gateways.test_real_ranger import AUDIT, SECURITY
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.envoy import running_envoy
from tests.servers.trino import Trino, running_trino

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

PLAN, FREE = "SELECT id FROM memory.hr.plan", "SELECT id FROM memory.hr.free"
DOORS = ["client", "envoy", "ranger", "rules", "trino"]


@pytest.fixture
def concord(tmp_path: Path) -> Iterator[Concord]:
    """A Concord with a small directory, and somebody who answers for opt-outs."""
    opt_outs.install(None)
    listed()
    PersonFactory(username="olga")
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def seen() -> Enforcement:
    """What the page of who decides by what tells an administrator now."""
    return enforcement(principal_of(Person.objects.get(username="boss")), timezone.now())


def within(what: str, holds: Callable[[], bool]) -> float:
    """The seconds until something holds; it has to within the time that a change may take."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < LAG.total_seconds(), what
        time.sleep(0.2)
    return time.monotonic() - began


def test_a_narrowing_decision_is_acknowledged_by_every_gateway(
    concord: Concord, tmp_path: Path
) -> None:
    # given an engine that asks, downloads policies and reads rules, a proxy, and a program
    secrets = {
        use: add_gateway(
            acting=ACTING, name="lake" if use == "ranger" else use, system="trino://lake",
            uses=[use], routes=ROUTES if use == "envoy" else (),
        )[1]
        for use in ("ask", "ranger", "rules", "envoy", "bundle")
    }  # fmt: skip
    base = f"http://127.0.0.1:{concord.port}"
    asking = f"{base}/gw/{secrets['ask']}/v1/data/trino"
    etc = {
        "asking.properties": f"access-control.name=opa\nopa.policy.uri={asking}/allow\n"
        f"opa.policy.batched-uri={asking}/batch\nopa.policy.row-filters-uri={asking}/row_filters\n"
        f"opa.policy.batch-column-masking-uri={asking}/batch_column_masks\n",
        "ranger.properties": "access-control.name=ranger\nranger.service.name=lake\n"
        "ranger.plugin.config.resource={etc}/security.xml,{etc}/audit.xml\n",
        "rules.properties": "access-control.name=file\nsecurity.json-pointer=/rules\n"
        f"security.config-file={base}/gw/{secrets['rules']}/rules/trino.json\n"
        "security.refresh-period=1s\n",
        "security.xml": SECURITY.format(address=f"{base}/gw/{secrets['ranger']}").replace(
            "{{etc}}", "{etc}"
        ),
        "audit.xml": AUDIT,
        "cache/.keep": "",
    }
    names = ",".join(f"{{etc}}/{name}.properties" for name in ("asking", "ranger", "rules"))
    time.sleep(1.5)  # until Concord knows the gateways: Trino reads the rules once when it starts
    with ExitStack() as stack:
        trino = stack.enter_context(
            running_trino(etc=etc, config={"access-control.config-files": names})
        )
        service = stack.enter_context(Service())
        url = stack.enter_context(
            running_envoy(configuration(secrets["envoy"], concord.port, service.port))
        )
        client = Client(
            base, secrets["bundle"], public_keys=[public_key()], folder=tmp_path / "client",
            wait_seconds=2.0, instance="notebook-1",
        )  # fmt: skip
        stack.enter_context(client.started())

        def passes(path: str) -> bool:
            headers = {"authorization": f"Bearer {token('ann')}"}
            return httpx.get(f"{url}{path}", headers=headers).status_code == 200

        def allows(name: str) -> bool:
            return client.decide("ann", "read", f"trino://lake/memory.hr.{name}").allowed

        def answers() -> list[object]:
            trino_says = outcome(trino, PLAN, "ann")
            return [trino_says, passes("/tables/hr/plan"), allows("plan")]

        filled(trino)
        within("open", lambda: answers() == [[[1]], True, True])
        within("heard of", lambda: sorted(one.door for one in seen().points) == DOORS)

        # when a narrowing decision is adopted
        in_force(opt_out(1, resources={"dataset": "hr.plan"}, owner="person:olga"))
        PolicyEpoch.objects.update(changed_at=timezone.now())
        epoch = PolicyEpoch.objects.get().number
        effective = within("effective", lambda: answers() == [REFUSED, False, False])
        told = within("told", lambda: _is_everywhere(epoch, answers))

        # then every gateway has it, as the page says and since when, and nothing else is closed
        page = seen()
        assert sorted(one.door for one in page.points) == DOORS
        assert {one.state for one in page.points} == {PointState.CURRENT}
        assert {one.epoch for one in page.points} == {epoch}
        assert page.everywhere_since is not None
        assert (outcome(trino, FREE, "ann"), passes("/tables/hr/free")) == ([[1]], True)
        browser = Browser()
        browser.force_login(Person.objects.get(username="boss"))
        shown = browser.get(reverse("governance:enforcement")).content.decode()
        assert f"Policy epoch {epoch} is in force at all 5 processes" in shown
        sys.stderr.write(
            f"\nnarrowed at all five gateways after {effective:.1f} s,"
            f" acknowledged by all after {effective + told:.1f} s\n"
        )

        # when one stops reporting, and another decision is adopted
        client.stop()
        in_force(opt_out(2, resources={"dataset": "hr.free"}, owner="person:olga"))
        PolicyEpoch.objects.update(changed_at=timezone.now())
        epoch = PolicyEpoch.objects.get().number
        within("told", lambda: len(_behind(epoch, trino_asks(trino))) == 1)
        behind = _behind(epoch, trino_asks(trino))
        assert [(one.door, one.instance) for one in behind] == [("client", "notebook-1")]

        # then it is shown as not there yet, and once it lags whoever answers for it is told
        later = timezone.now() + LAG
        states = {
            one.door: one.state
            for one in enforcement(principal_of(Person.objects.get(username="boss")), later).points
        }
        assert states["client"] is PointState.LAGGING
        assert states["ranger"] is states["trino"] is PointState.CURRENT
        assert tell_of_lagging(later) == 2
        rows = Notification.objects.filter(kind="lagging").order_by("person__username")
        assert [(row.person.username, row.title) for row in rows] == [
            (name, "bundle still decides by an older policy") for name in ("boss", "olga")
        ]


def trino_asks(trino: Trino) -> Callable[[], object]:
    """A query, before which rules are read again."""
    return lambda: outcome(trino, "SELECT 1", "pat")


def _behind(epoch: int, ask: Callable[[], object]) -> list[Point]:
    ask()
    return [one for one in seen().points if one.epoch < epoch]


def _is_everywhere(epoch: int, ask: Callable[[], object]) -> bool:
    ask()  # a proxy and an engine say what they have when they ask
    found = seen()
    return (
        len(found.points) == len(DOORS)
        and found.current == found.counted == len(DOORS)
        and found.everywhere_since is not None
        and found.epoch == epoch
    )

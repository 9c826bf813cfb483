"""Goals, reach, missing data, mappings and the way to a first word in a real browser: few clicks,
nothing that axe calls serious, nothing wider than a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from catalog.models import DatasetUse, Person, Relation, Team, TeamMembership
from catalog.selectors.principals import principal_of
from catalog.types import DatasetKind, RelationKind
from governance.culture.services.goals import create_goal, record_measurement
from governance.culture.services.reports import report_missing_data
from governance.culture.types import GoalDraft, GoalMeasure
from governance.models import Agreement, Decision, Proposal
from governance.proposals.services.timers import run_timers
from tests.catalog.web.conftest import chromium  # noqa: F401 - a fixture
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.council.chamber import chamber

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SERIOUS = {"serious", "critical"}
Opener = Callable[..., Any]


@pytest.fixture
def page_of(chromium: Any, live_server: LiveServer) -> Iterator[Opener]:  # noqa: F811
    """Opens an address as somebody, at a width."""
    contexts = []

    def open_page(person: Person, address: str, width: int = 1280) -> Any:
        client = Client()
        client.force_login(person)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}
        )
        secret = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": secret, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def press(page: Any, role: str, name: str) -> None:
    page.get_by_role(role, name=name).first.click()
    page.wait_for_load_state()


def test_a_new_tenant_agrees_on_its_first_word_in_seven_clicks(page_of: Opener) -> None:
    admin, otto = AdministratorFactory(), PersonFactory(username="otto", display_name="Otto")
    dataset = DatasetFactory(name="subscriptions")
    ColumnFactory(
        dataset=dataset, name="subscriptionStatus", harvested_description="Whether somebody pays."
    )
    page = page_of(admin, "/")

    press(page, "link", "Agree on a first word")
    press(page, "link", "Take a word from it")
    page.get_by_label("Domain").fill("Sales")
    page.get_by_label("A colleague who knows it").fill("otto")
    press(page, "button", "It belongs there")
    press(page, "link", "subscriptionStatus")
    assert page.get_by_label("Word").input_value() == "Subscription status"
    assert "Otto" in page.locator("main").inner_text()
    press(page, "button", "Propose it")
    second = page_of(otto, "/")
    press(second, "link", "Open")
    press(second, "button", "Agree for the domain")
    second.get_by_text("Agreed within the domain.").wait_for()
    second.goto("/")
    assert "It is adopted, and holds from" in second.locator("main").inner_text()
    decided = Decision.objects.get()
    assert (decided.outcome, decided.klass) == ("adopted", "L")
    run_timers(now=timezone.now() + dt.timedelta(hours=73))  # nobody blocked it

    assert Agreement.objects.get().key == "term:subscription-status"
    assert Proposal.objects.get().state == "active"


@pytest.fixture
def company(settings: Any) -> Any:
    """A council, goals, reports, use by two departments, and two systems that share an entity."""
    here = chamber()
    hugo = here.people["Hugo"]
    team: Team = TeamFactory(name="Sales operations")
    TeamMembership.objects.create(team=team, person=hugo)
    crm, billing = SystemFactory(instance="crm"), SystemFactory(instance="billing")
    left, right = DatasetFactory(system=crm), DatasetFactory(system=billing)
    for dataset in (left, right):
        ColumnFactory(dataset=dataset, name="id", ordinal=0, physical_type="bigint")
        ColumnFactory(dataset=dataset, name="status", ordinal=1)
    Relation.objects.create(
        source=left, target=right, kind=RelationKind.FOREIGN_KEY, source_columns=["id"],
        target_columns=["status"],
    )  # fmt: skip
    metric = DatasetFactory(kind=DatasetKind.METRIC, name="unanswered_leads")
    acting = principal_of(hugo)
    goal = create_goal(
        acting=acting,
        draft=GoalDraft(
            text="Every lead is answered within a day", metric="Leads without an answer",
            measure=GoalMeasure.METRIC, dataset_id=metric.pk, team_id=team.pk,
            levers="A rota for the weekend.", baseline=40, target=0, unit="leads",
            due=timezone.localdate() + dt.timedelta(days=90),
        ),
    )  # fmt: skip
    earlier = timezone.now() - dt.timedelta(days=3)
    record_measurement(acting=acting, goal_id=goal.pk, value=35, measured_at=earlier)
    record_measurement(acting=acting, goal_id=goal.pk, value=28)
    for words in ("Pay bands by department", "Churn reasons"):
        report_missing_data(acting=acting, place="home", words=words)
    dashboard = DatasetFactory(kind=DatasetKind.DASHBOARD, name="pipeline")
    for name in ("Sales", "Support"):
        for number in range(6):
            person = PersonFactory(department=name)
            if number < 2:
                DatasetUse.objects.create(
                    dataset=dashboard, person=person, day=timezone.localdate(), views=1
                )
    addresses = [
        "/council/goals/", f"/council/goals/{goal.pk}/", f"/teams/{team.pk}/", "/council/reach/",
        "/council/missing-data/", "/first-steps/", f"/first-steps/?dataset={left.pk}",
        f"/first-steps/term/?dataset={left.pk}&column=status",
        f"/mappings/?left={crm.pk}&right={billing.pk}", f"/mappings/{left.pk}/{right.pk}/",
        f"/mappings/record/{left.pk}/", "/",
    ]  # fmt: skip
    return here.people["Inés"], addresses


def test_the_pages_are_accessible_and_fit_a_phone(company: Any, page_of: Opener) -> None:
    person, addresses = company
    wide, narrow = page_of(person, "/"), page_of(person, "/", 360)

    for address in addresses:
        assert wide.goto(address).status == 200, address
        found = Axe().run(wide).response["violations"]
        assert [one["id"] for one in found if one["impact"] in SERIOUS] == [], address
        narrow.goto(address)
        width = narrow.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, (address, width)

"""Every page of Concord in a real browser, light and dark: what axe says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.live_server_helper import LiveServer

from catalog.models import DataProduct, Dataset, Media, Relation, Remark
from governance.clock import now
from governance.models import Agreement
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SERIOUS = {"serious", "critical"}
PASSWORD = "a-long-test-password"  # of every person the factories make
PACKAGES = ("catalog.web", "lineage.web", "governance.")


def plain_addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every address without a parameter that a view of our pages answers."""
    for entry in resolver.url_patterns:
        route = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from plain_addresses(entry, route)
        elif isinstance(entry, URLPattern) and _is_plain_page(route, entry.callback.__module__):
            yield f"/{route}"


def _is_plain_page(route: str, module: str) -> bool:
    is_ours = module.startswith(PACKAGES) and ".web" in module
    return is_ours and "<" not in route and "^" not in route


@pytest.fixture
def objects(db: None) -> list[str]:
    """One object of each kind, with something on it; their pages."""
    person = PersonFactory(username="rita")
    domain, team = DomainFactory(slug="sales"), TeamFactory()
    orders: Dataset = DatasetFactory(
        name="orders", domain=domain, harvested_description="Every order", kind="media",
        motion="in_motion", topic="orders.v1", retention="P7D", consistency="eventual",
    )  # fmt: skip
    column = ColumnFactory(dataset=orders, name="amount", path="amount")
    OwnershipFactory(dataset=orders, person=person)
    Relation.objects.create(source=orders, target=DatasetFactory(name="other"), kind="same_as")
    Media.objects.create(dataset=orders, kind="audio", format="mp3", transcript="Hello")
    product = DataProduct.objects.create(name="Sales", slug="sales", purpose="x", owner=person)
    term = Agreement.objects.create(
        key="term:customer", kind="term", title="Customer", domain=domain, created_at=now()
    )
    for kind in ("comment", "question", "problem"):
        Remark.objects.create(
            kind=kind, subject_type="system", subject_id=orders.system_id, author=person, text=kind
        )
    tabs = ("", "columns/", "quality/", "access/", "uses/", "history/", "activity/", "media/",
            "lineage/", "lineage/impact/", "lineage/drawn/", "queries/", "edit/lifecycle/",
            "edit/nature/", "edit/owners/", "edit/labels/")  # fmt: skip
    return [
        *(f"/datasets/{orders.pk}/{tab}" for tab in tabs),
        f"/systems/{orders.system_id}/",
        f"/remarks/system/{orders.system_id}/",
        f"/remarks/column/{column.pk}/",
        f"/domains/{domain.slug}/",
        f"/teams/{team.pk}/",
        f"/people/{person.username}/",
        f"/products/{product.slug}/",
        f"/agreements/{term.key}/",
    ]


@pytest.fixture
def page(chromium: Any, live_server: LiveServer, objects: list[str]) -> Iterator[Any]:
    """A page on which an administrator has signed in."""
    AdministratorFactory(username="adam", display_name="Adam Admin")
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    opened = context.new_page()
    opened.goto("/accounts/login/")
    opened.locator("[name=login]").fill("adam")
    opened.locator("[name=password]").fill(PASSWORD)
    opened.keyboard.press("Enter")
    opened.get_by_role("link", name="Stewardship").first.wait_for()
    yield opened
    context.close()


def is_a_page(page: Any, address: str) -> bool:
    """Whether the address answers a person with a whole page: no file, no part of a page, and no
    form's bare target."""
    answer = page.request.get(address)
    is_text = answer.headers.get("content-type", "").startswith("text/html")
    return answer.ok and is_text and "<html" in answer.text()[:500]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(page: Any, objects: list[str], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    addresses = [a for a in sorted(set(plain_addresses(get_resolver()))) if is_a_page(page, a)]
    assert len(addresses) >= 40, addresses
    found = {}
    for address in (*addresses, *objects):
        answer = page.goto(address)
        if answer is None or not answer.ok:
            found[address] = [("does not open", [str(answer and answer.status)])]
            continue
        violations = Axe().run(page).response["violations"]
        serious = [v for v in violations if v["impact"] in SERIOUS]
        if serious:
            found[address] = [
                (v["id"], [node["html"][:200] for node in v["nodes"]][:3]) for v in serious
            ]

    assert found == {}

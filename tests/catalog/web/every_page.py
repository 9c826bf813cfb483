"""A company with something on every page, and which of its people walk to which addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import (
    DataProduct,
    Dataset,
    DatasetUse,
    IngestionRun,
    Media,
    Person,
    Relation,
    Remark,
    Team,
    TeamMembership,
    Technology,
)
from catalog.search.indexing import Subject, refresh
from catalog.selectors.principals import principal_of
from catalog.types import DatasetKind, RelationKind, RunState
from governance.council.services.meetings.planning import plan_meeting
from governance.culture.services.goals import create_goal, record_measurement
from governance.culture.services.reports import report_missing_data
from governance.culture.types import GoalDraft, GoalMeasure
from governance.models import Decision
from governance.types import ChangeOp, ChangeSpec
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    ConnectionFactory,
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.proposals.world import DAY, MONDAY, World, adopted, in_discussion, make_world

PACKAGES = ("catalog.web", "lineage.web", "governance.")
Walk = tuple[Person, Sequence[str]]


def plain_addresses() -> list[str]:
    """Every address without a parameter that a view of our pages answers."""
    return sorted(set(_plain(get_resolver())))


def _plain(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from _plain(entry, route)
        elif isinstance(entry, URLPattern) and _is_plain_page(route, entry.callback.__module__):
            yield f"/{route}"


def _is_plain_page(route: str, module: str) -> bool:
    is_ours = module.startswith(PACKAGES) and ".web" in module
    return is_ours and "<" not in route and "^" not in route


def walks() -> list[Walk]:
    """Make the company; who walks to which addresses, nobody twice to the same."""
    world = make_world()
    chair, ann = world.council.people["Inés"], PersonFactory(username="ann")
    adam = AdministratorFactory(username="adam", display_name="Adam Admin")
    of_chair = [*_council(world), *_culture(world)]
    of_ann = _access()
    return [(chair, of_chair), (ann, of_ann), (adam, [*_catalog(world), *_imports()])]


def _catalog(world: World) -> list[str]:
    """One object of each kind, with something on it."""
    person = PersonFactory(username="rita")
    domain, team = world.domain("Sales"), world.teams["Sales"]
    orders: Dataset = DatasetFactory(
        name="orders", domain=domain, harvested_description="Every order", kind="media",
        motion="in_motion", topic="orders.v1", retention="P7D", consistency="eventual",
    )  # fmt: skip
    column = ColumnFactory(dataset=orders, name="amount", path="amount")
    OwnershipFactory(dataset=orders, person=person)
    OwnershipFactory(dataset=DatasetFactory(declared_description="Known"))
    Relation.objects.create(source=orders, target=DatasetFactory(name="other"), kind="same_as")
    Media.objects.create(dataset=orders, kind="audio", format="mp3", transcript="Hello")
    product = DataProduct.objects.create(name="Sales", slug="sales", purpose="x", owner=person)
    Technology.objects.create(name="Old", stage="capture", task="x", end_of_support="2020-01-01")
    for kind in ("comment", "question", "problem"):
        Remark.objects.create(
            kind=kind, subject_type="system", subject_id=orders.system_id, author=person, text=kind
        )
    refresh([Subject("dataset", orders.pk)])
    tabs = ("", "columns/", "quality/", "access/", "uses/", "history/", "activity/", "media/",
            "lineage/", "lineage/impact/", "lineage/drawn/", "queries/", "edit/lifecycle/",
            "edit/nature/", "edit/owners/", "edit/labels/", "edit/description/")  # fmt: skip
    return [
        *(f"/datasets/{orders.pk}/{tab}" for tab in tabs),
        f"/systems/{orders.system_id}/",
        f"/remarks/system/{orders.system_id}/",
        f"/remarks/column/{column.pk}/",
        f"/domains/{domain.slug}/",
        f"/teams/{team.pk}/",
        f"/people/{person.username}/",
        f"/products/{product.slug}/",
        "/people/adam/",
        "/search/?q=orders",
        "/records/product/new/",
        "/accounts/password/change/",
        "/accounts/2fa/",
    ]


def _imports() -> list[str]:
    """A connection that was imported."""
    run = IngestionRun.objects.create(connection=ConnectionFactory(), state=RunState.SUCCEEDED)
    connection = f"/ingestion/{run.connection_id}/"
    return [
        f"/ingestion/runs/{run.pk}/", connection, f"{connection}delete/", "/ingestion/new/files/"
    ]  # fmt: skip


def _council(world: World) -> list[str]:
    """A term that holds, one in discussion, a meeting: as the chair sees them."""
    held, open_one = (
        adopted(world, _term(world, "Qualified lead")),
        in_discussion(world, _term(world, "Lead")),
    )
    meeting = plan_meeting(acting=world.who("Inés"), starts_at=MONDAY + 14 * DAY)
    return [
        "/council/", "/council/seats/", f"/council/meetings/{meeting.pk}/",
        "/proposals/", f"/proposals/{open_one.key}/", f"/proposals/{held.key}/",
        "/proposals/new/?kind=term", "/agreements/", "/agreements/term:qualified-lead/",
        "/glossary/", "/decisions/", f"/decisions/{Decision.objects.get().key}/", "/conflicts/",
        "/notifications/",
    ]  # fmt: skip


def _term(world: World, label: str) -> ChangeSpec:
    """A term that the data of Marketing and Sales rests on."""
    bound = [
        {"dataset": world.datasets[domain].qualified_name, "column": ""}
        for domain in ("Marketing", "Sales")
    ]
    document = {
        "label": label, "definition": f"A {label.lower()} is what Sales has accepted.",
        "examples": ["One with score 60 that asked for a demo."], "domain": "marketing",
        "bound_to": bound,
    }  # fmt: skip
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


def _culture(world: World) -> list[str]:
    """Goals, reports, use by two departments, and two systems that share an entity."""
    hugo = world.council.people["Hugo"]
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
    acting, today = principal_of(hugo), MONDAY + 10 * DAY
    goal = create_goal(
        acting=acting,
        draft=GoalDraft(
            text="Every lead is answered within a day", metric="Leads without an answer",
            measure=GoalMeasure.METRIC, dataset_id=metric.pk, team_id=team.pk,
            levers="A rota for the weekend.", baseline=40, target=0, unit="leads",
            due=today.date() + 90 * DAY,
        ),
    )  # fmt: skip
    record_measurement(acting=acting, goal_id=goal.pk, value=35, measured_at=today - 3 * DAY)
    record_measurement(acting=acting, goal_id=goal.pk, value=28)
    for words in ("Pay bands by department", "Churn reasons"):
        report_missing_data(acting=acting, place="home", words=words)
    dashboard = DatasetFactory(kind=DatasetKind.DASHBOARD, name="pipeline")
    for name in ("Sales", "Support"):
        for number in range(6):
            person = PersonFactory(department=name)
            if number < 2:
                DatasetUse.objects.create(
                    dataset=dashboard, person=person, day=today.date(), views=1
                )
    return [
        "/council/goals/", f"/council/goals/{goal.pk}/", f"/teams/{team.pk}/", "/council/reach/",
        "/council/missing-data/", "/first-steps/", f"/first-steps/?dataset={left.pk}",
        f"/first-steps/term/?dataset={left.pk}&column=status",
        f"/mappings/?left={crm.pk}&right={billing.pk}", f"/mappings/{left.pk}/{right.pk}/",
        f"/mappings/record/{left.pk}/", "/",
    ]  # fmt: skip


def _access() -> list[str]:
    """Pay is closed to all but payroll, as somebody sees it whom that concerns."""
    TeamFactory(name="payroll")
    pay = larkfield("hr.compensation")["hr.compensation"]
    since, until = MONDAY - 60 * DAY, MONDAY + 60 * DAY
    in_force(
        opt_out(
            1, when={"from": since.date().isoformat()}, review_by=until.date().isoformat()
        )
    )  # fmt: skip
    return [
        "/access/", "/access/mine/", "/access/exceptions/", "/access/break-glass/",
        "/access/who/?dataset=hr.compensation", "/access/openness/", "/access/emergency/",
        "/access/exceptions/new/?opt_out=permission_policy:oo-1", f"/datasets/{pay.pk}/access/",
    ]  # fmt: skip

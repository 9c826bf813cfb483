"""Whatever moves in the database: what is taken in by a delta is what a load finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from catalog.models import Alias, Column, Dataset, Domain, Label, Person, System, Team
from governance.agreements.kinds.declassification.document import DeclassificationDocument
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.permissions.holder import Holder, opt_outs
from lineage.services.detecting import detect_classes
from tests.factories import DatasetFactory, DomainFactory, PersonFactory, TeamFactory
from tests.governance.impact.world import base, classify, view
from tests.governance.kinds.setting import hold
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.test_freshness import meaning
from tests.lineage.warehouse import READER

pytestmark = pytest.mark.django_db

STG = "postgres://warehouse/shop.stg.lead"
DOMAIN = {"domain": "sales"}


@pytest.fixture
def leads() -> dict[str, Dataset]:
    """Addresses are labeled once, and a hash of them lives on, declassified at one place; a
    suggested class counts in one domain; opt-outs name people, groups, domains, labels, names."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann", location="US")
    top = DomainFactory(name="Company", slug="company")
    sales = DomainFactory(name="Sales", slug="sales", parent=top)
    DomainFactory(name="Ops", slug="ops", parent=top)
    made = {"lead": base("shop.crm.lead", ["email", "note"])}
    classify(made["lead"], "email", "pii / email")
    made["stg"] = view("shop.stg.lead", ["hash"], "SELECT md5(email) AS hash FROM crm.lead")
    made["mart"] = view("shop.mart.lead", ["hash"], "SELECT hash FROM stg.lead")
    made["copy"] = view("shop.raw.lead", ["email"], "SELECT email FROM crm.lead")
    made["other"] = base("shop.hr.people", ["email"])
    detect_classes([one.pk for one in made.values()], acting=READER)
    Dataset.objects.filter(pk=made["mart"].pk).update(domain=sales)
    hold(
        DeclassificationDocument.model_validate(
            {
                "declassification": "lead-hash", "dataset": STG, "columns": ["hash"],
                "labels": ["pii"], "basis": "salted_hash", "reason": "Nobody keeps the salt.",
                "owner": "team:payroll",
                "review_by": (dt.date.today() + dt.timedelta(days=90)).isoformat(),
            }
        ),
        "declassification",
    )  # fmt: skip
    hold(
        MetadataProtocolDocument.model_validate(
            {
                "protocol": "pii-first",
                "facts": [{"fact": "classifications", "required": True}],
                "selector": DOMAIN,
                "treat_suggestions_as_class": {"classes": ["pii"], "minimum_confidence": 0.9},
            }
        ),
        "metadata_protocol",
    )
    in_force(
        opt_out(1, resources={"tag": "pii"}),
        opt_out(2, resources={"domains": ["sales"]}, effect="mask(all)"),
        opt_out(3, resources={"dataset": "shop.crm.*"}, subjects={"people": ["ann"]}),
    )
    return made


def rename(dataset: Dataset, name: str) -> None:
    Alias.objects.get_or_create(
        qualified_name=dataset.qualified_name,
        defaults={"dataset": dataset, "lookup_name": dataset.lookup_name},
    )
    Dataset.objects.filter(pk=dataset.pk).update(qualified_name=name, lookup_name=name)


def gone(column: str, of: Dataset) -> None:
    Column.objects.filter(dataset=of, path=column).update(disappeared_at=timezone.now())


def there(column: str, of: Dataset) -> None:
    Column.objects.filter(dataset=of, path=column).update(disappeared_at=None)


Change = Callable[[dict[str, Dataset]], object]
CHANGES: dict[str, list[Change]] = {
    "a labeled column comes and goes": [
        lambda made: gone("email", made["lead"]), lambda made: there("email", made["lead"]),
    ],
    "an inheriting column comes and goes": [
        lambda made: gone("hash", made["mart"]), lambda made: there("hash", made["mart"]),
    ],
    "a suggested column comes and goes": [
        lambda made: Dataset.objects.filter(pk=made["other"].pk).update(
            domain=Domain.objects.get(slug="sales")
        ),
        lambda made: gone("email", made["other"]), lambda made: there("email", made["other"]),
    ],
    "data moves between domains": [
        lambda made: Dataset.objects.filter(pk=made["other"].pk).update(
            domain=Domain.objects.get(slug="sales")
        ),
        lambda made: Dataset.objects.update(domain=Domain.objects.get(slug="ops")),
        lambda made: Dataset.objects.filter(pk=made["lead"].pk).update(
            domain=Domain.objects.get(slug="sales")
        ),
    ],
    "domains move": [
        lambda _: Domain.objects.filter(slug="ops").update(
            parent=Domain.objects.get(slug="sales")
        ),
        lambda _: Domain.objects.filter(slug="sales").update(slug="sold"),
    ],
    "what was declassified is renamed and its name given to another": [
        lambda made: rename(made["stg"], STG + "_old"),
        lambda made: rename(made["mart"], STG),
        lambda made: Dataset.objects.filter(pk=made["mart"].pk).delete(),
        lambda _: DatasetFactory(qualified_name=STG, lookup_name=STG),
    ],
    "a dataset is renamed and back": [
        lambda made: rename(made["lead"], "postgres://warehouse/shop.other.lead"),
        lambda made: rename(made["lead"], made["lead"].qualified_name),
        lambda made: Dataset.objects.filter(pk=made["lead"].pk).delete(),
    ],
    "labels": [
        lambda _: Label.objects.filter(name="pii").update(path="pii2", name="pii2"),
        lambda _: Label.objects.filter(name="pii2").update(path="pii", name="pii"),
        lambda _: Label.objects.filter(parent__isnull=False).delete(),
        lambda _: Label.objects.all().delete(),
    ],
    "people": [
        lambda _: Person.objects.filter(username="ann").update(username="ann.new"),
        lambda _: PersonFactory(username="ann"),
        lambda _: Person.objects.filter(username="paul").update(is_active=False),
        lambda _: Team.objects.filter(name="payroll").update(name="payroll2"),
        lambda _: Team.objects.all().delete(),
        lambda _: Person.objects.filter(username="ann").delete(),
    ],
    "systems": [
        lambda _: System.objects.update(environment="test"),
        lambda _: System.objects.update(lookup_name="postgres://else"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_taken_in_is_what_is_there(leads: dict[str, Dataset], name: str) -> None:
    for number, change in enumerate(CHANGES[name]):
        change(leads)
        opt_outs.refresh()
        anew = Holder()
        anew.refresh()
        assert meaning(opt_outs.current()) == meaning(anew.current()), number

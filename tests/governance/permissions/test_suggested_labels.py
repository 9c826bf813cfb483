"""Suggested classes count as labels while a protocol in force says so, until they are reviewed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.access import Action, gate
from catalog.models import Column, Dataset, Label, Person
from catalog.selectors.principals import principal_of
from catalog.types import LabelKind
from governance.agreements.kinds.declassification.document import DeclassificationDocument
from governance.agreements.kinds.metadata_protocol import KIND
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.models import AgreementVersion
from governance.permissions.holder import Holder, opt_outs
from governance.permissions.selectors.openness import exposed_columns
from governance.permissions.selectors.world import column_labels, only_suggested
from governance.types import AgreementState
from lineage.models import ClassificationReview, SuggestedClass
from lineage.services.detecting import detect_classes
from lineage.types import ReviewVerdict
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import base, tagged, view
from tests.governance.kinds.setting import NOW, asking, found, hold
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import READER

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads() -> dict[str, Dataset]:
    """Nobody tagged the addresses of people; their values live on in a copy called otherwise."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    made = {"lead": base("shop.crm.lead", ["email", "source", "note"])}
    made["copy"] = view("shop.stg.lead", ["field_1"], "SELECT email AS field_1 FROM crm.lead")
    detect_classes([one.pk for one in made.values()], acting=READER)
    in_force(opt_out(1, resources={"tag": "Personal"}))
    return made


def protocol(**fields: Any) -> MetadataProtocolDocument:
    """Suggested personal data counts everywhere."""
    whole = {
        "protocol": "personal-first",
        "facts": [{"fact": "classifications", "required": True}],
        "treat_suggestions_as_class": {"classes": ["Personal"], "minimum_confidence": 0.9},
    }
    return MetadataProtocolDocument.model_validate(whole | fields)


def adopted(**fields: Any) -> AgreementVersion:
    version = hold(protocol(**fields), "metadata_protocol")
    opt_outs.refresh()
    return version


def denied() -> set[str]:
    index, ann = opt_outs.current(), Person.objects.get(username="ann")
    return {
        f"{dataset.qualified_name.partition('shop.')[2]}.{path}"
        for dataset in Dataset.objects.all()
        for path in index.decide(ann.pk, "read", dataset.pk).columns
    }


def test_a_suggestion_counts_while_a_protocol_says_so(leads: dict[str, Dataset]) -> None:
    # Given a suggestion that nobody reviewed: without a protocol it closes nothing
    assert denied() == set()

    # When one is adopted, what is suggested surely is closed, and what is derived from it
    version = adopted()
    assert denied() == {"crm.lead.email", "stg.lead.field_1"}
    anew = Holder()
    anew.refresh()
    assert dict(anew.current().parts.records) == dict(opt_outs.current().parts.records)

    # And it ends with the protocol
    hold(
        protocol(), "metadata_protocol", since=version.valid_from + dt.timedelta(days=1),
        state=AgreementState.RETIRED,
    )  # fmt: skip
    opt_outs.refresh()
    assert denied() == set()


@pytest.mark.parametrize("verdict", [ReviewVerdict.REJECTED, ReviewVerdict.CHANGED])
def test_a_review_ends_it(leads: dict[str, Dataset], verdict: ReviewVerdict) -> None:
    adopted()
    row = SuggestedClass.objects.get(column__path="email")
    ClassificationReview.objects.create(
        column=row.column, label=row.label, verdict=verdict, reviewer_name="Ann"
    )
    opt_outs.refresh()

    assert denied() == set()


def test_a_new_suggestion_counts_with_the_statement_that_keeps_it(
    leads: dict[str, Dataset],
) -> None:
    adopted()
    Column.objects.create(dataset=leads["lead"], path="phone", name="phone", ordinal=9)
    detect_classes([leads["lead"].pk], acting=READER)
    opt_outs.refresh()

    assert "crm.lead.phone" in denied()


@pytest.mark.parametrize(
    "fields",
    [
        {"treat_suggestions_as_class": {"classes": ["Secret"]}},
        {"treat_suggestions_as_class": {"classes": ["Personal"], "minimum_confidence": 0.99}},
        {"treat_suggestions_as_class": None},
        {"selector": {"tag": "elsewhere"}},
    ],
)
def test_what_the_protocol_does_not_name_counts_for_nothing(
    leads: dict[str, Dataset], fields: dict[str, Any]
) -> None:
    adopted(**fields)
    assert denied() == set()


def test_the_protocol_counts_for_the_datasets_that_it_selects(leads: dict[str, Dataset]) -> None:
    tagged(leads["lead"], "raw")
    adopted(selector={"tag": "raw"})
    assert denied() == {"crm.lead.email", "stg.lead.field_1"}


def test_a_declassification_ends_what_is_only_suggested(leads: dict[str, Dataset]) -> None:
    adopted()
    document = {
        "declassification": "lead-mail", "dataset": leads["lead"].qualified_name,
        "columns": ["email"], "labels": ["Personal"], "basis": "synthetic", "reason": "Made up.",
        "owner": "team:payroll", "review_by": "2027-01-01",
    }  # fmt: skip
    hold(DeclassificationDocument.model_validate(document), "declassification")
    opt_outs.refresh()
    assert denied() == set()


def test_the_past_is_told_by_the_protocols_of_then(leads: dict[str, Dataset]) -> None:
    version = adopted()
    place = leads["lead"].pk, "email"
    assert place in column_labels(at=version.valid_from)
    assert place not in column_labels(at=version.valid_from - dt.timedelta(days=1))
    assert place in only_suggested()


def test_sensitive_columns_without_an_opt_out_say_what_is_only_suggested(
    leads: dict[str, Dataset], client: Client
) -> None:
    # Given addresses that count, and no opt-out any more
    AgreementVersion.objects.update(valid_to=NOW)
    opt_outs.install(None)
    adopted()
    client.force_login(Person.objects.get(username="ann"))

    shown = {one.dataset.pk: (one.columns, one.suggested) for one in exposed_columns(READER)}

    assert shown == {
        leads["lead"].pk: ((("email", ("Personal / E-mail",)),), {"email"}),
        leads["copy"].pk: ((("field_1", ("Personal / E-mail",)),), {"field_1"}),
    }
    page = client.get("/access/openness/").content.decode()
    assert "suggested, not yet reviewed" in page
    told = client.get("/api/v1/exposed-columns/").json()["results"]
    assert [one["suggested"] for one in told] == [["email"], ["field_1"]]
    query = "{ exposedColumns { column isSuggested } }"
    asked = client.post("/graphql/", {"query": query}, content_type="application/json").json()
    assert asked["data"]["exposedColumns"] == [
        {"column": "email", "isSuggested": True}, {"column": "field_1", "isSuggested": True}
    ]  # fmt: skip


def test_the_access_tab_says_that_it_is_only_suggested(
    leads: dict[str, Dataset], client: Client
) -> None:
    adopted(title="Personal first")
    client.force_login(Person.objects.get(username="ann"))

    page = client.get(f"/datasets/{leads['lead'].pk}/access/").content.decode()
    told = client.get("/api/v1/access/", {"dataset": leads["lead"].qualified_name}).json()
    fields = "path label why title"
    name = leads["lead"].qualified_name
    query = f'{{ access(dataset: "{name}") {{ suggested {{ {fields} }} }} }}'
    asked = client.post("/graphql/", {"query": query}, content_type="application/json").json()

    assert "suggested, not yet reviewed" in page
    assert "Its name says email" in page
    expected = {
        "path": "email", "label": "Personal / E-mail", "why": ["Its name says email"],
        "title": "Personal first",
    }  # fmt: skip
    (one,) = told["suggested"]
    assert {name: one[name] for name in expected} == expected
    assert asked["data"]["access"]["suggested"] == [expected]


def test_a_draft_says_how_many_columns_would_count(leads: dict[str, Dataset]) -> None:
    checks = found(KIND, protocol(), asking())
    field = "treat_suggestions_as_class.classes"
    assert ("metadata_protocol.counts_suggestions", "warning", field) in checks
    missing = protocol(treat_suggestions_as_class={"classes": ["Personal", "Nothing"]})
    assert ("metadata_protocol.unknown_class", "error", f"{field}.1") in found(
        KIND, missing, asking()
    )
    assert "Personal from 90% on" in KIND.sentence(protocol())


@settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.sampled_from(["Personal", "Personal / E-mail", "Personal / Phone"]),
    st.sampled_from([0.5, 0.9, 1.0]),
    st.booleans(),
)
def test_an_object_is_in_scope_exactly_when_it_is_authorized(
    leads: dict[str, Dataset], name: str, least: float, hides: bool
) -> None:
    with transaction.atomic():
        in_force(opt_out(2, resources={"tag": "Personal"}, confidential_metadata=hides))
        adopted(treat_suggestions_as_class={"classes": [name], "minimum_confidence": least})
        for username in ("ann", "paul"):
            who = principal_of(Person.objects.get(username=username))
            for action in Action:
                scoped = gate().scope(who, action, Dataset.objects.all())
                inside = set(scoped.values_list("pk", flat=True))
                for dataset in leads.values():
                    allowed = gate().authorize(who, action, dataset).allowed
                    assert (dataset.pk in inside) is allowed, (username, action, dataset)
        transaction.set_rollback(True)


def test_labels_that_detection_made_are_classifications(leads: dict[str, Dataset]) -> None:
    assert Label.objects.get(path="Personal / E-mail").kind == LabelKind.CLASSIFICATION

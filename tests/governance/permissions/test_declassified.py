"""A label ends where a declassification in force says so, and nowhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.access import Action, gate
from catalog.models import Alias, Dataset, Label, Person
from catalog.selectors.principals import principal_of
from governance.agreements.kinds.declassification.document import DeclassificationDocument
from governance.models import AgreementVersion
from governance.permissions.engine import Declassified, inherited_labels
from governance.permissions.holder import Holder, opt_outs
from governance.permissions.selectors import world
from governance.types import AgreementState
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import base, classify, view
from tests.governance.kinds.setting import NOW, hold
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

MAIL = "pii / email"
STG = "postgres://warehouse/shop.stg.lead"


@pytest.fixture
def leads() -> dict[str, Dataset]:
    """Addresses are labeled once; a hash of them lives on in two more datasets."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann", location="US")
    made = {"lead": base("shop.crm.lead", ["email"])}
    classify(made["lead"], "email", MAIL)
    made["stg"] = view("shop.stg.lead", ["hash"], "SELECT md5(email) AS hash FROM crm.lead")
    made["mart"] = view("shop.mart.lead", ["hash"], "SELECT hash FROM stg.lead")
    in_force(opt_out(1, resources={"tag": "pii"}))
    return made


def ended(**fields: Any) -> AgreementVersion:
    """Hold a declassification of the hash in staging."""
    document = {
        "declassification": "lead-hash",
        "dataset": STG,
        "columns": ["HASH"],
        "labels": ["pii"],
        "basis": "salted_hash",
        "reason": "Nobody keeps the salt.",
        "owner": "team:payroll",
        "review_by": (dt.date.today() + dt.timedelta(days=90)).isoformat(),
        **fields,
    }
    return hold(DeclassificationDocument.model_validate(document), "declassification")


def denied(username: str = "ann") -> set[str]:
    """The columns that are closed, by dataset."""
    index = opt_outs.current()
    person = Person.objects.get(username=username)
    return {
        f"{dataset.qualified_name.partition('shop.')[2]}.{path}"
        for dataset in Dataset.objects.all()
        for path in index.decide(person.pk, "read", dataset.pk).columns
    }


def test_it_ends_a_label_there_and_downstream(leads: dict[str, Dataset]) -> None:
    # Given a label that is inherited over two steps
    assert denied() == {"crm.lead.email", "stg.lead.hash", "mart.lead.hash"}

    # When a declassification is adopted, then its commit has it in force, whatever the case of
    # its column, and the source stays closed
    ended()
    opt_outs.refresh()
    assert denied() == {"crm.lead.email"}
    assert denied("paul") == set()

    # And what was taken in is what is loaded anew
    anew = Holder()
    anew.refresh()
    assert dict(anew.current().parts.records) == dict(opt_outs.current().parts.records)


def test_it_ends_by_decision_and_the_label_is_inherited_again(leads: dict[str, Dataset]) -> None:
    version = ended()
    opt_outs.refresh()
    assert denied() == {"crm.lead.email"}

    hold(
        DeclassificationDocument.model_validate(version.document),
        "declassification",
        since=version.valid_from + dt.timedelta(days=1),
        state=AgreementState.RETIRED,
    )
    opt_outs.refresh()

    assert denied() == {"crm.lead.email", "stg.lead.hash", "mart.lead.hash"}


def test_a_label_of_its_own_is_never_taken_off(leads: dict[str, Dataset]) -> None:
    classify(leads["stg"], "hash", MAIL)
    ended()
    opt_outs.refresh()

    assert denied() == {"crm.lead.email", "stg.lead.hash", "mart.lead.hash"}


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": ["pii / phone"]},
        {"labels": ["nothing"]},
        {"columns": ["other"]},
        {"dataset": "postgres://warehouse/shop.stg.other"},
    ],
)
def test_what_it_does_not_name_is_inherited_as_before(
    leads: dict[str, Dataset], fields: dict[str, Any]
) -> None:
    Label.objects.create(kind="classification", name="phone", path="pii / phone")
    ended(**fields)
    opt_outs.refresh()

    assert denied() == {"crm.lead.email", "stg.lead.hash", "mart.lead.hash"}


def test_a_document_that_cannot_be_read_ends_nothing(leads: dict[str, Dataset]) -> None:
    whole = DeclassificationDocument.model_validate(ended().document)
    broken = whole.model_copy(update={"columns": ()})
    hold(broken, "declassification", since=NOW - dt.timedelta(days=1))
    opt_outs.refresh()

    assert denied() == {"crm.lead.email", "stg.lead.hash", "mart.lead.hash"}


def test_it_follows_a_dataset_that_was_renamed(leads: dict[str, Dataset]) -> None:
    ended()
    Dataset.objects.filter(pk=leads["stg"].pk).update(lookup_name=STG + "_new")
    Alias.objects.create(dataset=leads["stg"], qualified_name=STG, lookup_name=STG)
    opt_outs.refresh()

    assert denied() == {"crm.lead.email"}


def test_the_past_is_told_without_what_was_declassified_later(leads: dict[str, Dataset]) -> None:
    version = ended()
    before = version.valid_from - dt.timedelta(days=1)
    places = {(leads["stg"].pk, "hash"), (leads["mart"].pk, "hash")}

    assert places <= world.column_labels(at=before).keys()
    assert not places & world.column_labels(at=version.valid_from).keys()
    assert not places & world.column_labels().keys()


_PLACES = [(pk, "c") for pk in range(6)]
_LABELS = st.frozensets(st.sampled_from("xyz"), min_size=1)


@given(
    st.dictionaries(st.sampled_from(_PLACES), _LABELS),
    st.lists(st.tuples(st.sampled_from(_PLACES), st.sampled_from(_PLACES)), max_size=12),
    st.lists(st.tuples(st.sampled_from(_PLACES), st.none() | _LABELS), max_size=4),
)
def test_inheriting_with_ends_is_the_least_that_the_edges_ask_for(
    own: dict[Any, frozenset[str]], edges: list[Any], ends: list[Any]
) -> None:
    found = inherited_labels(own, edges, [Declassified(*place, gone) for place, gone in ends])

    # Then it is what one reaches by walking every edge until nothing is new
    held = {place: set(own.get(place, ())) for place in _PLACES}
    moved = True
    while moved:
        moved = False
        for source, target in edges:
            coming = set(held[source])
            for place, gone in ends:
                if place == target:
                    coming -= coming if gone is None else gone
            if not coming <= held[target]:
                held[target] |= coming
                moved = True
    assert found == {place: frozenset(labels) for place, labels in held.items() if labels}

    # And nothing that somebody put on a column is gone, nor anything there that was not before
    plain = inherited_labels(own, edges)
    for place, labels in own.items():
        assert labels <= found.get(place, frozenset())
    for place, labels in found.items():
        assert labels <= plain[place]


@settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.lists(st.sampled_from(["stg", "mart", "lead"]), max_size=3, unique=True),
    st.sampled_from(["pii", "pii.email", "pii / phone"]),
    st.booleans(),
)
def test_an_object_is_in_scope_exactly_when_it_is_authorized(
    leads: dict[str, Dataset], names: list[str], label: str, hides: bool
) -> None:
    with transaction.atomic():
        in_force(opt_out(2, resources={"tag": "pii"}, confidential_metadata=hides))
        for name in names:
            ended(
                declassification=name,
                dataset=leads[name].qualified_name,
                columns=["hash", "email"],
                labels=[label],
            )
        for username in ("ann", "paul"):
            who = principal_of(Person.objects.get(username=username))
            for action in Action:
                scoped = gate().scope(who, action, Dataset.objects.all())
                inside = set(scoped.values_list("pk", flat=True))
                for dataset in leads.values():
                    allowed = gate().authorize(who, action, dataset).allowed
                    assert (dataset.pk in inside) is allowed, (username, action, dataset)
        transaction.set_rollback(True)


def test_page_rest_and_graphql_tell_it_alike(leads: dict[str, Dataset], client: Client) -> None:
    ended(basis="aggregation", group_of=10, title="Hashes of leads")
    opt_outs.refresh()
    client.force_login(Person.objects.get(username="ann"))

    shown = client.get(f"/datasets/{leads['stg'].pk}/access/").content.decode()
    told = client.get("/api/v1/access/", {"dataset": STG}).json()
    fields = "title columns labels basis groupOf"
    query = f'{{ access(dataset: "{STG}") {{ declassified {{ {fields} }} }} }}'
    asked = client.post("/graphql/", {"query": query}, content_type="application/json").json()

    assert "no longer inherits pii" in shown
    assert "groups of 10 or more" in shown
    (one,) = told["declassified"]
    assert (one["title"], one["columns"], one["labels"]) == ("Hashes of leads", ["HASH"], ["pii"])
    assert (one["is_review_due"], one["owner"]) == (False, "team:payroll")
    assert asked["data"]["access"]["declassified"] == [
        {
            "title": "Hashes of leads",
            "columns": ["HASH"],
            "labels": ["pii"],
            "basis": "aggregation",
            "groupOf": 10,
        }
    ]
    lead = client.get("/api/v1/access/", {"dataset": leads["lead"].qualified_name}).json()
    assert lead["declassified"] == []

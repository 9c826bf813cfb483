"""Declassifications: what is wrong with one, what it binds, and who must sign it."""

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string

from catalog.models import Dataset
from governance.agreements.kinds.declassification import KIND
from governance.agreements.kinds.declassification.document import DeclassificationDocument
from governance.proposals.rules.classes import ClassFacts, class_of
from governance.proposals.selectors.impact import preview
from governance.types import (
    BindingRole,
    ChangeOp,
    ChangeSpec,
    ProposalClass,
    Scope,
)
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import (
    EVERYTHING,
    base,
    classify,
    domain,
    must,
    seat,
    signer,
    view,
)
from tests.governance.kinds.setting import NOW, asking, found

pytestmark = pytest.mark.django_db

MAIL = "pii / email"


@pytest.fixture(autouse=True)
def leads() -> dict[str, Dataset]:
    """E-mail addresses of Sales, counted by Marketing, hashed and copied."""
    TeamFactory(name="Privacy")
    sales, marketing = domain("Sales"), domain("Marketing")
    made = {"lead": base("shop.crm.lead", ["email", "source"], sales)}
    classify(made["lead"], "email", MAIL)
    sql = "SELECT md5(email) AS hash, email AS copy, source FROM crm.lead"
    made["stg"] = view("shop.stg.lead", ["hash", "copy", "source"], sql, domain=marketing)
    sql = "SELECT source, max(email) AS last FROM crm.lead GROUP BY source"
    made["mart"] = view("shop.mart.lead", ["source", "last"], sql, domain=marketing)
    return made


def ended(**fields: Any) -> DeclassificationDocument:
    """A declassification of the hashed addresses that lacks nothing."""
    whole = {
        "declassification": "lead-hash",
        "dataset": "postgres://warehouse/shop.stg.lead",
        "columns": ["hash"],
        "labels": ["pii.email"],
        "basis": "salted_hash",
        "reason": "Hashed with a salt that nobody keeps.",
        "owner": "team:Privacy",
        "review_by": (NOW.date() + dt.timedelta(days=200)).isoformat(),
    }
    return DeclassificationDocument.model_validate(whole | fields)


def test_a_complete_one_has_nothing_against_it() -> None:
    assert found(KIND, ended(), asking()) == []
    assert KIND.title(ended()) == "Lead hash"
    assert KIND.sentence(ended()) == (
        "hash of postgres://warehouse/shop.stg.lead inherits pii.email no longer, because they are"
        " hashed with a salt."
    )


@pytest.mark.parametrize(
    ("fields", "check", "level", "field"),
    [
        ({"dataset": "postgres://none/x"}, "unknown_dataset", "error", "dataset"),
        ({"labels": ["pii.email", "none"]}, "unknown_label", "error", "labels.1"),
        ({"columns": ["hash", "none"]}, "unknown_column", "error", "columns.1"),
        ({"columns": ["source"]}, "inherits_nothing", "warning", "labels"),
        ({"columns": ["copy"]}, "copied", "warning", "basis"),
        ({"basis": "aggregation"}, "group_missing", "error", "group_of"),
        ({"group_of": 10}, "not_used", "error", "group_of"),
        ({"owner": "team:None"}, "unknown_owner", "error", "owner"),
        ({"domain": "none"}, "unknown_domain", "error", "domain"),
        ({"review_by": NOW.date().isoformat()}, "review_past", "error", "review_by"),
        ({"review_by": "2028-01-01"}, "review_far", "error", "review_by"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    fields: dict[str, Any], check: str, level: str, field: str
) -> None:
    assert found(KIND, ended(**fields), asking()) == [(f"declassification.{check}", level, field)]


def test_a_label_of_the_column_itself_is_told_to_stay(leads: dict[str, Dataset]) -> None:
    classify(leads["stg"], "hash", MAIL)

    assert ("declassification.own_label", "warning", "columns") in found(KIND, ended(), asking())


def test_an_end_is_not_checked_for_what_it_ends() -> None:
    gone = ended(dataset="postgres://none/x", review_by="2020-01-01")
    assert found(KIND, gone, asking(op=ChangeOp.RETIRE)) == []


def test_it_binds_its_columns_and_where_their_labels_come_from(leads: dict[str, Dataset]) -> None:
    assert [(b.role, b.dataset_id, b.column_path) for b in KIND.bindings(ended(), asking())] == [
        (BindingRole.TARGET, leads["stg"].pk, "hash"),
        (BindingRole.SOURCE, leads["lead"].pk, "email"),
    ]


def test_owners_of_the_source_and_of_the_class_must_sign(leads: dict[str, Dataset]) -> None:
    # Given a seat with the veto over personal data, and somebody else who uses the source
    seat("Legal", PersonFactory(display_name="Lucian"), veto_classes=["legal"])
    other = domain("Finance")
    view("shop.fin.lead", ["email"], "SELECT email FROM crm.lead", domain=other)

    impact = preview(
        EVERYTHING,
        [ChangeSpec(ChangeOp.CREATE, KIND.name, "", ended().model_dump(mode="json"))],
    )

    # Then the target's owner, the source's and Legal sign, and no other user of the source
    assert {label: reason for label, (reason, _) in must(impact).items()} == {
        "Marketing": "owns_target",
        "Sales": "owns_source",
        "Legal for the end of pii.email": "classification",
    }
    assert signer(impact, "Sales").explanation == (
        "Sales owns email of crm.lead, where the labels come from that this ends."
        " Sales sitter signs from the seat SalesOps."
    )
    assert signer(impact, "Sales").path_ids == (leads["lead"].pk,)


def test_it_is_decided_as_a_permission_and_never_locally() -> None:
    facts = ClassFacts(frozenset({"declassification"}), Scope.LOCAL, is_editorial=True)
    assert class_of(facts) is ProposalClass.PERMISSION


def test_its_page_says_what_ends() -> None:
    shown = render_to_string(KIND.template, {"document": ended()})
    assert "pii.email" in shown
    assert "Salted hash" in shown

"""Data states, schema rules and opt-outs through the editor: answers before anybody is asked."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from catalog.errors import InvalidInput
from governance.agreements.form import form_of_document
from governance.agreements.kinds import kinds
from governance.models import Proposal
from governance.proposals.services.preparing import prepare
from governance.types import ChangeOp, ChangeSpec
from tests.factories import PersonFactory, TeamFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Client:
    """Somebody who is signed in."""
    client = Client()
    client.force_login(PersonFactory())
    return client


def sent(kind: str, document: dict[str, Any], action: str) -> dict[str, str]:
    """What a browser sends for a document in the editor."""
    read = kinds.get(kind).document_type.model_validate(document)
    form = form_of_document(type(read), read.model_dump(mode="json"), prefix="d-")
    return {
        **form.data,
        "p-op": "create",
        "p-rationale": "It helps.",
        "p-no_evidence_reason": "Seen.",
        "action": action,
    }


def said(answer: Any) -> str:
    """The page's words without its marks."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(text).split())


def rule(**demand: str) -> dict[str, Any]:
    return {
        "rule": "ids-end-with-id",
        "kind": "naming",
        "purpose": "Keys are found by their names.",
        "selector": {"type": "varchar"},
        "assert": {"part": "key", "pattern": "_id$", **demand},
        "severity": "warn",
        "evaluate_on": "metadata",
    }


def test_seven_violations_are_seen_before_a_rule_is_submitted(author: Client) -> None:
    """Story S4, on the page."""
    larkfield(
        "product.feature_flag", "fin.*", "mktg.ad_spend", "core.dim_customer", "core.dim_employee"
    )

    page = author.post("/proposals/new/?kind=schema_rule", sent("schema_rule", rule(), "check"))

    assert page.status_code == 200
    words = said(page)
    assert "29 columns selected, 7 of them fail today." in words
    for target in ("flag_key", "gl_code", "period", "channel", "customer_key", "employee_key"):
        assert f"{target} does not match _id$." in words
    assert words.count("Rename it so that it matches _id$.") == 7
    assert "Nothing stands against submitting it" in words
    assert not Proposal.objects.exists()


def test_another_kind_of_rule_shows_its_own_fields(author: Client) -> None:
    larkfield("crm.lead")
    data = sent("schema_rule", rule(), "show:d-assert") | {"d-assert-kind": "retention"}

    page = author.post("/proposals/new/?kind=schema_rule", data).content.decode()

    assert 'name="d-assert-keep"' in page
    assert 'name="d-assert-pattern"' not in page
    assert 'name="d-kind"' not in page  # the choice stands once


def test_an_opt_out_says_what_it_covers_and_which_of_its_tests_cannot_be_run(
    author: Client,
) -> None:
    larkfield("hr.compensation", "hr.position")
    seats(["Legal and privacy"])
    for name in ("hr-comp", "payroll"):
        TeamFactory(name=name).members.add(PersonFactory())
    (document,) = [one for one in text_of("opt_outs.yaml") if one["opt_out"] == "OO-01"]
    document = {**document, "when": {"from": "2026-12-01"}, "review_by": "2027-10-01"}

    words = said(
        author.post(
            "/proposals/new/?kind=permission_policy", sent("permission_policy", document, "check")
        )
    )

    assert "It covers 1 dataset today." in words
    assert "Nobody has the user name celestine.moreau." in words
    assert "Not yet checked" not in words


def test_a_workflow_of_four_states_is_drafted_with_rows_added_by_buttons(author: Client) -> None:
    larkfield("billing.customer", "billing.subscription", "product.tenant",
              "billing.subscription_event")  # fmt: skip
    seats(["FinanceOps"])
    address = "/proposals/new/?kind=data_state"
    document = text_of("workflows/customer_v1.yaml")

    # a row comes and the rest stays as it was sent
    page = author.post(address, sent("data_state", document, "add:d-states")).content.decode()
    assert 'name="d-states-4-key" value=""' in page
    assert 'name="d-states-3-key" value="churned"' in page

    # an error stands at its field, with a link on top
    wrong = sent("data_state", document, "check") | {"d-states-1-entry": "launched_at IS NOT"}
    words = said(author.post(address, wrong))
    assert "It cannot be submitted yet" in words
    assert "It cannot be read near" in words

    # and the whole is saved
    answer = author.post(address, sent("data_state", document, "save"), follow=True)
    proposal = Proposal.objects.get()
    assert answer.redirect_chain[-1][0] == f"/proposals/{proposal.key}/"
    assert "Customer lifecycle" in said(answer)
    change = proposal.current.changes.get()
    assert change.agreement_key == "data_state:customer_lifecycle"
    assert [state["key"] for state in change.document["states"]] == [
        "onboarding", "active", "pending_cancel", "churned"
    ]  # fmt: skip


def test_a_document_is_refused_in_the_words_of_its_form_at_every_door() -> None:
    wrong = {**rule(), "assert": {"part": "key"}, "purpose": "", "colour": "red"}

    with pytest.raises(InvalidInput) as refused:
        prepare([ChangeSpec(ChangeOp.CREATE, "schema_rule", "", wrong)])

    assert refused.value.fields == {
        "changes.0.document.purpose": ["Fill this in."],
        "changes.0.document.assert.pattern": ["Fill this in."],
        "changes.0.document.colour": ["There is no such field; remove it."],
    }


@pytest.mark.parametrize("kind", ["data_state", "schema_rule", "permission_policy"])
@pytest.mark.parametrize(
    "query", ["", "&states=x&assert=y&selector=z&when=w", "&selector.dataset=crm.lead"]
)
def test_an_empty_editor_opens_whatever_the_address_says(
    author: Client, kind: str, query: str
) -> None:
    assert author.get(f"/proposals/new/?kind={kind}{query}").status_code == 200

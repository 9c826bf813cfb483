"""A reason that only Legal reads: no door gives it to anybody else, and no change loses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.models import AgreementVersion, Proposal
from governance.proposals.services.drafting import create_draft, revise
from governance.types import ChangeOp, ChangeSpec, Evidence
from tests.factories import PersonFactory
from tests.governance.council.chamber import chamber
from tests.governance.kinds.larkfield import larkfield
from tests.governance.kinds.setting import hold
from tests.governance.permissions.company import opt_out

pytestmark = pytest.mark.django_db

SECRET = "A rival of counsel is suing."
SHOWN = "Withheld; ask Legal."
KEY = "permission_policy:oo-1"
DOCUMENTS = """
query ($agreement: String!, $proposal: String!) {
  agreement(key: $agreement) { document agreement { versions { document } } }
  proposal(key: $proposal) { changes { before after differences { path before after } } }
}
"""


def document(**fields: Any) -> dict[str, Any]:
    given = opt_out(1, reason=SECRET, reason_visibility="legal_only", **fields)
    return OptOut.model_validate(given).model_dump(mode="json")


@pytest.fixture
def held() -> AgreementVersion:
    larkfield("hr.compensation", "hr.employee")
    return hold(OptOut.model_validate(document()), "permission_policy")


@pytest.fixture
def ann() -> Person:
    return PersonFactory(username="ann")


def change(document: dict[str, Any]) -> ChangeSpec:
    return ChangeSpec(ChangeOp.REPLACE, "permission_policy", KEY, document)


def drafted(author: Person, document: dict[str, Any]) -> Proposal:
    return create_draft(
        acting=principal_of(author),
        title="Review it later",
        ask="Review OO-1 in a year.",
        changes=[change(document)],
        evidence=[Evidence(title="Asked", query="SELECT 1")],
    )


def everything_said(client: Client, proposal: Proposal) -> dict[str, str]:
    """What each door says of the agreement and of the proposal that changes it."""
    pages = [
        f"/agreements/{KEY}/?version=1",
        f"/agreements/{KEY}.yaml",
        f"/agreements/{KEY}.json",
        f"/api/v1/agreements/{KEY}/",
        f"/api/v1/agreements/{KEY}/versions/",
        f"/proposals/new/?agreement={KEY}",
        f"/proposals/{proposal.key}/",
        f"/api/v1/proposals/{proposal.key}/",
    ]
    said = {}
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        said[page] = response.content.decode()
    asked = {"query": DOCUMENTS, "variables": {"agreement": KEY, "proposal": proposal.key}}
    answer = client.post("/graphql/", json.dumps(asked), content_type="application/json").json()
    assert "errors" not in answer
    said["graphql"] = json.dumps(answer)
    looked_at = change(document(review_by="2031-01-01") | {"reason": SHOWN})
    checked = {"changes": [{"op": "replace", "kind": looked_at.kind, "key": KEY,
                            "document": looked_at.document}]}  # fmt: skip
    dry = client.post("/api/v1/proposals/dry-run/", json.dumps(checked), "application/json")
    assert dry.status_code == 200, dry.content
    said["dry run"] = dry.content.decode()
    return said


def test_no_door_gives_it_to_those_who_may_not_read_it(
    held: AgreementVersion, ann: Person, client: Client
) -> None:
    # Given somebody else's proposal to change it
    proposal = drafted(PersonFactory(is_superuser=True), document(review_by="2030-01-01"))

    # When an employee asks at every door
    client.force_login(ann)
    said = everything_said(client, proposal)

    # Then each says that it is withheld and none says what it is
    assert [door for door, text in said.items() if "rival" in text] == []
    assert [door for door, text in said.items() if "ithheld" not in text] == []


def test_who_decides_reads_it(held: AgreementVersion, client: Client) -> None:
    proposal = drafted(PersonFactory(is_superuser=True), document(review_by="2030-01-01"))

    client.force_login(chamber().people["Hugo"])
    said = everything_said(client, proposal)

    assert [door for door, text in said.items() if "rival" not in text] == []


def test_a_change_by_one_who_may_not_read_it_keeps_it(
    held: AgreementVersion, ann: Person, client: Client
) -> None:
    # When Ann proposes another day of review from what she was shown
    seen = document(review_by="2030-01-01") | {"reason": SHOWN}
    proposal = drafted(ann, seen)

    # Then the reason stays what it was, and still nobody showed it to her
    (row,) = proposal.current.changes.all()
    assert (row.document["reason"], row.document["review_by"]) == (SECRET, "2030-01-01")
    client.force_login(ann)
    said = everything_said(client, proposal) | {
        "edit": client.get(f"/proposals/{proposal.key}/edit/").content.decode()
    }
    assert [door for door, text in said.items() if "rival" in text] == []

    # And she reads what she writes herself
    revise(
        acting=principal_of(ann),
        key=proposal.key,
        title="Say it anew",
        ask="Say the reason anew.",
        changes=[change(seen | {"reason": "Her own words."})],
        evidence=[Evidence(title="Asked", query="SELECT 1")],
    )
    assert "Her own words." in client.get(f"/proposals/{proposal.key}/").content.decode()


def test_making_it_public_does_not_publish_what_was_withheld(
    held: AgreementVersion, ann: Person
) -> None:
    proposal = drafted(ann, document() | {"reason": SHOWN, "reason_visibility": "public"})

    (row,) = proposal.current.changes.all()
    assert row.document["reason"] == SHOWN

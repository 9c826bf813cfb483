"""Conflicts of interest are suggested; whoever declares one is recused (3.3)."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.access import AccessRefused
from catalog.errors import Conflict as StateConflict
from catalog.models import Event, Person
from governance.council.selectors.interests import interests_of, suggested_recusals
from governance.council.selectors.meetings import votes_on
from governance.council.services.decisions import record_vote
from governance.council.services.meetings import make_agenda, plan_meeting
from governance.models import (
    AgendaItem,
    Change,
    InterestRuling,
    Meeting,
    Position,
    Proposal,
    StoryClock,
)
from governance.notifications.audience import messages_for
from governance.proposals.selectors.proposals import proposal_detail
from governance.proposals.selectors.signing import signatures_of
from governance.proposals.selectors.waiting import waiting_for
from governance.proposals.services.interests import rule_on_interest
from governance.proposals.services.positions import take_position
from governance.types import (
    AgendaSection,
    ConflictKind,
    ConflictState,
    Outcome,
    PositionValue,
    ProposalClass,
    ProposalState,
)
from tests.factories import PersonFactory, TeamFactory
from tests.governance.council.chamber import Chamber, chamber
from tests.governance.council.questions import conflict, proposal, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _friday(settings: Settings) -> None:
    settings.STORY_CLOCK = True
    StoryClock.objects.create(instant=FRIDAY)


FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)


def test_mia_wrote_the_competing_definition_until_she_recuses_herself() -> None:
    """Larkfield 5.7: Mia is the author of marketing's MQL, which DGP-0003 would replace."""
    here = chamber()
    mia, seun = here.people["Mia"], here.people["Seun"]
    asked = proposal(
        seun, ProposalState.COUNCIL_VOTE, at=FRIDAY, klass=ProposalClass.CONTESTED
    )  # fmt: skip
    own = proposal(mia, ProposalState.DISCUSSION, at=FRIDAY)
    between = conflict(ConflictKind.LOGICAL, asked, own, at=FRIDAY)

    assert [(one.person, one.why) for one in suggested_recusals(asked, FRIDAY)] == [
        (seun, "wrote this proposal"),
        (mia, f"proposed {own.key}, which competes with it"),
    ]
    meeting = Meeting.objects.create(starts_at=FRIDAY)
    item = AgendaItem.objects.create(
        meeting=meeting, section=AgendaSection.DECISIONS, position=1, title="MQL", proposal=asked
    )
    [table] = votes_on(meeting, item, FRIDAY)
    assert [one.person for one in table.interests] == [seun, mia]

    say(asked, mia, PositionValue.RECUSED, at=FRIDAY)
    assert [one.person for one in suggested_recusals(asked, FRIDAY)] == [seun]
    [table] = votes_on(meeting, item, FRIDAY)
    assert (table.tally.recused, table.tally.present) == (1, 1)
    assert [one.sentence for one in table.interests] == [
        "Perhaps a conflict of interest: Seun Adeyo wrote this proposal.",
        f"Mia Castellane proposed {own.key}, which competes with it, and stands aside.",
    ]
    assert [one.person for one in suggested_recusals(own, FRIDAY)] == [mia, seun]
    between.state = ConflictState.RESOLVED
    between.save()
    assert [one.person for one in suggested_recusals(own, FRIDAY)] == [mia]


def opt_out(here: Chamber, **subjects: object) -> Proposal:
    """An opt-out before the council, brought by somebody without a seat."""
    asked = proposal(
        PersonFactory(display_name="Ada Author"), ProposalState.COUNCIL_VOTE, at=FRIDAY,
        klass=ProposalClass.PERMISSION,
    )  # fmt: skip
    Proposal.objects.filter(pk=asked.pk).update(kind="permission_policy")
    Change.objects.create(
        revision=asked.current, position=0, op="create", kind="permission_policy",
        agreement_key="permission_policy:oo-1", title="OO-1", document={"subjects": subjects},
        digest="0" * 64,
    )  # fmt: skip
    return Proposal.objects.select_related("current").get(pk=asked.pk)


def suggested(asked: Proposal) -> dict[str, str]:
    return {one.person.display_name: one.why for one in suggested_recusals(asked, FRIDAY)}


def test_subjects_of_an_opt_out_and_their_managers_are_suggested() -> None:
    here = chamber()
    hugo, mia, farid, peta = (here.people[name] for name in ("Hugo", "Mia", "Farid", "Peta"))
    Person.objects.filter(pk=peta.pk).update(manager=farid)
    sellers = TeamFactory(name="Sellers")
    sellers.members.add(hugo, PersonFactory(display_name="Nobody In The Council"))

    named = opt_out(here, people=[peta.username, "nobody"], groups=["Sellers"])
    exempting = opt_out(here, **{"all": True, "except": {"people": [mia.username]}})
    everybody = opt_out(here, all=True)

    assert suggested(named) == {
        "Peta Marsh": "is somebody whom the opt-out names",
        "Hugo Brandt": "belongs to Sellers, which the opt-out names",
        "Farid Noor": "manages Peta Marsh, whom the opt-out concerns",
    }
    assert suggested(exempting) == {"Mia Castellane": "is somebody whom the opt-out exempts"}
    assert suggested(everybody) == {}


def test_suggestions_for_many_proposals_cost_the_same(django_assert_num_queries: Any) -> None:
    here = chamber()
    peta = here.people["Peta"].username
    few = [opt_out(here, people=[peta]) for _ in range(2)]
    many = few + [opt_out(here, people=[peta]) for _ in range(20)]

    with CaptureQueriesContext(connection) as seen:
        interests_of(few, FRIDAY)
    with django_assert_num_queries(len(seen)):
        found = interests_of(many, FRIDAY)

    assert [len(found[one.pk]) for one in many] == [1] * 22


def test_the_suggestion_is_shown_and_never_imposed() -> None:
    here = chamber()
    peta = here.people["Peta"]
    asked = opt_out(here, people=[peta.username])
    meeting = plan_meeting(
        acting=here.principal("Inés"), starts_at=FRIDAY + dt.timedelta(days=4)
    )  # fmt: skip
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    sentence = "Perhaps a conflict of interest: Peta Marsh is somebody whom the opt-out names."
    item = meeting.items.get(proposal=asked)
    assert item.detail["interests"] == [
        {"username": peta.username, "sentence": sentence, "is_open": True}
    ]
    shown = proposal_detail(here.principal("Inés"), asked.key).interests
    assert [one.sentence for one in shown] == [sentence]
    assert [one.sentence for one in waiting_for(here.principal("Peta"))] == [
        "Stand aside, or let the chair rule: Peta Marsh is somebody whom the opt-out names."
    ]
    assert not InterestRuling.objects.exists()
    assert not Position.objects.exists()
    assert all(not one.has_conflict for one in signatures_of(asked, FRIDAY))


def test_the_chair_rules_and_who_stands_aside_says_nothing_more() -> None:
    here = chamber()
    peta = here.people["Peta"]
    asked = opt_out(here, people=[peta.username])
    assert asked.current is not None
    given = {"key": asked.key, "person_id": peta.pk, "ruling": "It is about her own data."}

    for name, code in (("Tomas", "not_chair"), ("Peta", "not_chair")):
        with pytest.raises(AccessRefused) as refused:
            rule_on_interest(acting=here.principal(name), stands_aside=True, **given)
        assert refused.value.verdict.code == code
    with pytest.raises(StateConflict, match="Nothing suggests"):
        rule_on_interest(
            acting=here.principal("Inés"), key=asked.key, person_id=here.people["Hugo"].pk,
            stands_aside=True, ruling="I do not like him.",
        )  # fmt: skip
    assert not InterestRuling.objects.exists()

    rule_on_interest(acting=here.principal("Inés"), stands_aside=True, **given)

    assert suggested_recusals(asked, FRIDAY) == []
    [shown] = proposal_detail(here.principal("Peta"), asked.key).interests
    assert shown.sentence == (
        "Peta Marsh is somebody whom the opt-out names. The chair ruled: stands aside. "
        "It is about her own data."
    )
    event = Event.objects.get(type="governance.proposal.changed", payload__what="interest")
    assert event.payload["detail"] == "Peta Marsh stands aside"
    assert [(one.person_id, one.title) for one in messages_for([event])] == [
        (
            peta.pk,
            f"The chair ruled that you stand aside from {asked.key}: It is about her own data.",
        )
    ]
    with pytest.raises(AccessRefused) as refused:
        take_position(
            acting=here.principal("Peta"), key=asked.key, revision_digest=asked.current.digest,
            value=PositionValue.CONSENT,
        )  # fmt: skip
    assert refused.value.verdict.code == "recused"
    assert refused.value.verdict.reason == (
        "The chair ruled that you stand aside from this proposal: It is about her own data."
    )
    assert not Position.objects.exists()


def test_the_chair_may_rule_that_there_is_no_conflict() -> None:
    here = chamber()
    peta = here.people["Peta"]
    asked = opt_out(here, people=[peta.username])
    assert asked.current is not None

    rule_on_interest(
        acting=here.principal("Inés"), key=asked.key, person_id=peta.pk, stands_aside=False,
        ruling="It concerns everybody alike.",
    )  # fmt: skip
    take_position(
        acting=here.principal("Peta"), key=asked.key, revision_digest=asked.current.digest,
        value=PositionValue.CONSENT,
    )  # fmt: skip

    assert suggested_recusals(asked, FRIDAY) == []
    assert waiting_for(here.principal("Peta")) == []
    assert Position.objects.get().value == "consent"


def test_the_chair_does_not_rule_on_an_interest_of_her_own() -> None:
    here = chamber()
    ines = here.people["Inés"]
    asked = opt_out(here, people=[ines.username])

    with pytest.raises(AccessRefused) as refused:
        rule_on_interest(
            acting=here.principal("Inés"), key=asked.key, person_id=ines.pk, stands_aside=False,
            ruling="I am impartial.",
        )  # fmt: skip

    assert refused.value.verdict.code == "own_interest"
    assert not InterestRuling.objects.exists()


def test_whom_the_chair_ruled_aside_does_not_count_in_the_vote() -> None:
    here = chamber()
    peta = here.people["Peta"]
    asked = proposal(peta, ProposalState.COUNCIL_VOTE, at=FRIDAY, klass=ProposalClass.CONTESTED)
    for name in ("Bram", "Suri", "Nadia", "Seun", "Hugo", "Mia", "Farid"):
        say(asked, here.people[name], PositionValue.CONSENT, at=FRIDAY)
    say(asked, peta, PositionValue.CONSENT, at=FRIDAY)
    rule_on_interest(
        acting=here.principal("Inés"), key=asked.key, person_id=peta.pk, stands_aside=True,
        ruling="She wrote it.",
    )  # fmt: skip

    decision = record_vote(
        acting=here.principal("Tomas"), key=asked.key, outcome=Outcome.ADOPTED, reason="So."
    )

    ballot = {name: decision.tally[name] for name in ("consent", "block", "recused")}
    assert ballot == {"consent": 7, "block": 0, "recused": 1}

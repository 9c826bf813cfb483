"""Positions: bound to a digest, cast for oneself or by a valid delegation, never for one's own."""

import datetime as dt

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind
from governance.council.selectors.ballots import ballot_of
from governance.models import (
    Concern,
    Decision,
    Delegation,
    Membership,
    Position,
    Proposal,
    SignRequest,
)
from governance.proposals.rules.consent import SignState
from governance.proposals.selectors.signing import signatures_of
from governance.proposals.selectors.waiting import waiting_for
from governance.proposals.services.concerns import (
    answer_concern,
    raise_concern,
    resolve_concern,
    rule,
    withdraw_concern,
)
from governance.proposals.services.drafting import revise
from governance.proposals.services.positions import recuse, take_position
from governance.proposals.services.stepping import call_final
from governance.types import ConcernState
from governance.types import PositionValue as V
from governance.types import ProposalState as S
from tests.factories import PersonFactory
from tests.governance.proposals.world import (
    DAY,
    HOUR,
    MONDAY,
    World,
    at,
    block_fields,
    in_discussion,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db


def states(proposal: Proposal, instant: dt.datetime = MONDAY) -> dict[str, str]:
    fresh = Proposal.objects.select_related("current").get(pk=proposal.pk)
    return {one.label: one.state.value for one in signatures_of(fresh, instant)}


def delegate(world: World, giver: str, taker: str, **fields: object) -> Delegation:
    people = world.council.people
    given = {"since": MONDAY - DAY, "until": MONDAY + 20 * DAY} | fields
    return Delegation.objects.create(giver=people[giver], taker=people[taker], **given)


def test_a_position_on_an_older_text_is_stale_and_counts_no_more(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    assert states(proposal) == {"Marketing": "consented", "Sales": "consented"}

    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(limit=2, datasets=world.ids("Marketing", "Sales"))],
    )

    assert states(proposal) == {"Marketing": "silent", "Sales": "silent"}
    assert Position.objects.count() == 2
    later(MONDAY + 8 * DAY)
    assert state_of(proposal) == S.DISCUSSION


def test_a_revision_of_prose_alone_keeps_what_was_said(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)

    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(text="Better words.", datasets=world.ids("Marketing", "Sales"))],
    )

    assert states(proposal) == {"Marketing": "consented", "Sales": "silent"}


def test_nobody_speaks_of_a_text_that_has_changed(world: World) -> None:
    proposal = in_discussion(world)
    assert proposal.current is not None
    old = proposal.current.digest
    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(limit=2, datasets=world.ids("Marketing", "Sales"))],
    )

    with pytest.raises(Conflict, match="read revision 2"):
        take_position(
            acting=world.who("Mia"), key=proposal.key, revision_digest=old, value=V.CONSENT
        )

    assert not Position.objects.exists()


def test_a_changed_rule_ends_a_final_call(world: World) -> None:
    proposal = in_discussion(world)
    at(MONDAY + 7 * DAY)
    call_final(acting=world.acting, key=proposal.key)

    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(text="Words.", datasets=world.ids("Marketing", "Sales"))],
    )
    assert state_of(proposal) == S.FINAL_CALL
    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(limit=5, datasets=world.ids("Marketing", "Sales"))],
    )

    assert state_of(proposal) == S.DISCUSSION


def test_an_author_who_signs_for_a_domain_needs_a_second_person_of_it(world: World) -> None:
    mia = world.who("Mia")
    proposal = in_discussion(world, acting=mia)
    say(mia, proposal)
    say(world.who("Hugo"), proposal)
    assert states(proposal) == {"Marketing": "silent", "Sales": "consented"}

    say(principal_of(world.colleague), proposal)

    assert states(proposal) == {"Marketing": "consented", "Sales": "consented"}


def test_a_delegate_consents_and_the_record_says_for_whom(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram")

    say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)

    assert states(proposal)["Marketing"] == "consented"
    position = Position.objects.get()
    assert (str(position.person), str(position.on_behalf_of)) == ("Bram Oakes", "Mia Castellane")
    assert position.label == "Marketing"
    # What they say for themselves is another voice.
    say(world.who("Bram"), proposal, V.ABSTAIN)
    assert states(proposal)["Marketing"] == "consented"


@pytest.mark.parametrize(
    "fields",
    [
        {"until": MONDAY - HOUR},
        {"since": MONDAY + HOUR},
        {"ended_at": MONDAY - HOUR},
    ],
)
def test_a_delegation_that_is_not_in_force_lends_no_voice(
    world: World, fields: dict[str, object]
) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram", **fields)

    with pytest.raises(AccessRefused) as refused:
        say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)

    assert refused.value.verdict.code == "no_delegation"
    assert not Position.objects.exists()


def test_a_delegation_is_not_passed_on(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram")
    delegate(world, "Bram", "Suri")

    with pytest.raises(AccessRefused):
        say(world.who("Suri"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)


def test_a_circular_delegation_lends_nobody_a_voice(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Hugo")
    delegate(world, "Hugo", "Mia")

    for taker, giver in (("Hugo", "Mia"), ("Mia", "Hugo")):
        with pytest.raises(AccessRefused) as refused:
            say(world.who(taker), proposal, on_behalf_of_id=world.council.people[giver].pk)
        assert refused.value.verdict.code == "no_delegation"


def test_a_delegation_for_another_domain_does_not_reach(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram", domain=world.domain("Finance"))

    with pytest.raises(AccessRefused, match="another domain"):
        say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)


def test_a_voice_that_was_lent_for_a_domain_signs_for_no_other(world: World) -> None:
    council = world.council
    Membership.objects.filter(person=council.people["Hugo"]).update(until=MONDAY - 2 * DAY)
    council.seats["SalesOps"].domains.clear()
    council.seats["MarketingOps"].domains.add(world.domain("Sales"))  # Mia signs for both now
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram", domain=world.domain("Marketing"))
    assert [one.sentence for one in waiting_for(world.who("Bram"))] == [
        "Consent for Marketing on behalf of Mia Castellane, or block."
    ]

    say(world.who("Bram"), proposal, on_behalf_of_id=council.people["Mia"].pk)

    assert states(proposal) == {"Marketing": "consented", "Sales": "silent"}
    assert Position.objects.get().label == "Marketing"


def test_for_who_stands_aside_the_delegate_signs_in_their_own_name(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram")
    assert proposal.current is not None
    recuse(
        acting=world.who("Mia"),
        key=proposal.key,
        revision_digest=proposal.current.digest,
        reason="I wrote the definition that this replaces.",
    )
    assert states(proposal)["Marketing"] == "silent"

    before = Position.objects.count()
    with pytest.raises(AccessRefused) as refused:
        say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)
    assert refused.value.verdict.code == "recused"
    assert refused.value.verdict.reason == (
        "Mia Castellane stands aside from this proposal, so nobody speaks for them; where you sign"
        " in their place, sign in your own name."
    )
    assert Position.objects.count() == before

    say(world.who("Bram"), proposal)

    assert states(proposal)["Marketing"] == "consented"


def test_who_stands_aside_speaks_for_nobody(world: World) -> None:
    proposal = in_discussion(world)
    delegate(world, "Mia", "Bram")
    say(world.who("Bram"), proposal, V.RECUSED)

    with pytest.raises(AccessRefused) as refused:
        say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Mia"].pk)

    assert refused.value.verdict.code == "recused"
    assert refused.value.verdict.reason == (
        "You stand aside from this proposal, so you speak for nobody else on it."
    )
    assert states(proposal)["Marketing"] == "silent"


def test_agents_and_jobs_take_no_positions(world: World) -> None:
    proposal = in_discussion(world)
    agent = principal_of(PersonFactory(employment_kind=EmploymentKind.SERVICE))

    with pytest.raises(AccessRefused) as refused:
        say(agent, proposal)

    assert refused.value.verdict.code == "not_a_person"
    assert not Position.objects.exists()


def test_a_block_shows_what_it_rests_on(world: World) -> None:
    proposal = in_discussion(world)
    hugo = world.who("Hugo")

    for missing, field in (
        ({"block_kind": ""}, "block_kind"),
        ({"block_kind": "mood"}, "block_kind"),
        ({"reason": " "}, "reason"),
        ({"evidence": ()}, "evidence"),
        ({"block_kind": "harm", "evidence": ()}, "evidence"),
        ({"block_kind": "conflict", "evidence": ()}, "evidence"),
    ):
        with pytest.raises(InvalidInput) as refused:
            say(hugo, proposal, V.BLOCK, **block_fields(**missing))
        assert refused.value.field == field
    assert not Position.objects.exists()
    assert not Concern.objects.exists()

    say(hugo, proposal, V.BLOCK, reason="The law says so.", block_kind="legal")
    assert Concern.objects.get().is_blocking is True


def test_a_doubt_is_written_down(world: World) -> None:
    proposal = in_discussion(world)

    with pytest.raises(InvalidInput) as refused:
        say(world.who("Hugo"), proposal, V.CONSENT_WITH_CONCERN)

    assert refused.value.field == "reason"


def test_a_block_stands_until_its_raiser_says_otherwise(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())
    block = Concern.objects.get()

    answer_concern(acting=world.acting, concern_id=block.pk, answer="Score 50 is rare.")
    at(MONDAY + 7 * DAY)
    with pytest.raises(Conflict, match="block is open"):
        call_final(acting=world.acting, key=proposal.key)
    for stranger in (world.acting, world.who("Inés"), world.who("Mia")):
        with pytest.raises(AccessRefused) as refused:
            resolve_concern(acting=stranger, concern_id=block.pk)
        assert refused.value.verdict.code == "not_raiser"

    resolve_concern(acting=world.who("Hugo"), concern_id=block.pk)
    say(world.who("Hugo"), proposal)
    call_final(acting=world.acting, key=proposal.key)

    assert state_of(proposal) == S.FINAL_CALL


def test_who_consents_after_all_has_nothing_left_to_resolve(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())

    say(world.who("Hugo"), proposal)

    assert Concern.objects.get().state == "resolved"
    with pytest.raises(Conflict, match="resolved already"):
        withdraw_concern(acting=world.who("Hugo"), concern_id=Concern.objects.get().pk)


def test_the_chair_rules_a_block_invalid_and_it_stays_as_a_concern(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())
    block = Concern.objects.get()

    with pytest.raises(AccessRefused):
        rule(acting=world.who("Bram"), concern_id=block.pk, is_valid=False, ruling="No.")
    rule(acting=world.who("Inés"), concern_id=block.pk, is_valid=False, ruling="No such row.")

    block.refresh_from_db()
    assert (block.is_blocking, block.state, block.ruling) == (False, "open", "No such row.")
    assert block.ruled_by == world.council.people["Inés"]
    at(MONDAY + 7 * DAY)
    call_final(acting=world.acting, key=proposal.key)
    # The signature itself is still refused: the council votes at the deadline.
    later(MONDAY + 10 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_no_ruling_lifts_a_legal_block_of_legal(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Lucian"), proposal, V.BLOCK, reason="Article 9.", block_kind="legal")
    block = Concern.objects.get()

    with pytest.raises(Conflict, match="raiser alone"):
        rule(acting=world.who("Inés"), concern_id=block.pk, is_valid=False, ruling="No.")

    successor = PersonFactory()
    seat = world.council.seats["Legal"]
    seat.memberships.update(until=MONDAY + DAY)
    seat.memberships.create(person=successor, since=MONDAY + DAY)
    at(MONDAY + 2 * DAY)
    resolve_concern(acting=principal_of(successor), concern_id=block.pk)
    block.refresh_from_db()
    assert block.state == "resolved"


def test_anybody_employed_raises_a_concern_and_no_rank_weighs(world: World) -> None:
    """R-026: whoever has the better data is heard, wherever they stand."""
    proposal = in_discussion(world)
    junior = principal_of(PersonFactory(display_name="Junior"))

    concern = raise_concern(
        acting=junior,
        key=proposal.key,
        kind="correctness",
        title="Wrong for refunds",
        text="A refunded lead is counted twice.",
        is_blocking=True,
        evidence=block_fields()["evidence"],
    )

    assert concern.raiser_id == junior.person_id
    later(MONDAY + 7 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_the_escalation_clock_asks_others_and_never_turns_silence_into_consent(
    world: World,
) -> None:
    proposal = in_discussion(world)
    delegate(world, "Hugo", "Bram")
    say(world.who("Mia"), proposal)

    def clock_of() -> tuple[bool, str, str]:
        request = SignRequest.objects.get(label="Sales")
        return (
            request.reminded_at is not None,
            str(request.delegate or ""),
            str(request.manager or ""),
        )

    later(MONDAY + 2 * DAY - HOUR)
    assert clock_of() == (False, "", "")
    later(MONDAY + 2 * DAY)
    assert clock_of() == (True, "", "")
    later(MONDAY + 4 * DAY)
    assert clock_of() == (True, "Bram Oakes", "")
    later(MONDAY + 7 * DAY)
    assert clock_of() == (True, "Bram Oakes", "Boss")
    assert SignRequest.objects.get(label="Marketing").reminded_at is None
    proposal.refresh_from_db()
    assert proposal.is_escalated is True

    call_final(acting=world.acting, key=proposal.key)
    later(MONDAY + 10 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE
    assert not Decision.objects.exists()


def test_a_manager_whom_the_clock_asked_signs(world: World) -> None:
    proposal = in_discussion(world)
    boss = principal_of(world.boss)
    hugo = world.council.people["Hugo"].pk
    with pytest.raises(AccessRefused):
        say(boss, proposal, on_behalf_of_id=hugo)

    later(MONDAY + 7 * DAY)
    say(boss, proposal, on_behalf_of_id=hugo)

    assert states(proposal, MONDAY + 7 * DAY)["Sales"] == SignState.CONSENTED.value


def test_nobody_who_speaks_for_somebody_lifts_their_block(world: World) -> None:
    """A consent through a delegate resolves no block, and the block outranks it in every count."""
    proposal = in_discussion(world)
    kirsten = world.council.people["Kirsten"].pk
    for first in ("Hugo", "Mia", "Farid"):
        say(world.who(first), proposal)
    say(world.who("Kirsten"), proposal, V.BLOCK, **block_fields(block_kind="security"))
    delegate(world, "Kirsten", "Bram")

    say(world.who("Bram"), proposal, on_behalf_of_id=kirsten)

    block = Concern.objects.get()
    assert (block.is_blocking, block.state) == (True, ConcernState.OPEN)
    later(MONDAY + 7 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE
    proposal.refresh_from_db()
    votes = {vote.seat: vote.value for vote in ballot_of(proposal, MONDAY + 7 * DAY).votes}
    assert votes[world.council.seats["Security"].pk] is V.BLOCK

    # Its raiser lifts it, and then the delegate's word counts again.
    say(world.who("Kirsten"), proposal)
    block.refresh_from_db()
    assert block.state == ConcernState.RESOLVED


def test_a_block_outranks_a_delegates_consent_among_the_signatures(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())
    delegate(world, "Hugo", "Bram")
    say(world.who("Bram"), proposal, on_behalf_of_id=world.council.people["Hugo"].pk)
    assert states(proposal, MONDAY)["Sales"] == SignState.BLOCKED.value


def test_the_managers_voice_ends_where_the_signer_speaks(world: World) -> None:
    proposal = in_discussion(world)
    boss, hugo = principal_of(world.boss), world.council.people["Hugo"].pk
    later(MONDAY + 7 * DAY)
    say(world.who("Hugo"), proposal, V.ABSTAIN)

    with pytest.raises(AccessRefused, match="has spoken") as refused:
        say(boss, proposal, on_behalf_of_id=hugo)
    assert refused.value.verdict.code == "no_delegation"

    # A text that they said nothing of yet is one they are silent on.
    changes = [note(datasets=world.ids("Marketing", "Sales"), limit=9)]
    revise(acting=world.acting, key=proposal.key, changes=changes)
    say(boss, proposal, on_behalf_of_id=hugo)
    assert states(proposal, MONDAY + 7 * DAY)["Sales"] == SignState.CONSENTED.value

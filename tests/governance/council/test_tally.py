"""Counting votes: the ratio, what nobody can outvote, and who may not speak (3.3)."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.council.rules.tally import Ballot, Vote, tally
from governance.types import BlockKind, PositionValue, ProposalClass, VetoClass

CONSENT, ABSTAIN, BLOCK = PositionValue.CONSENT, PositionValue.ABSTAIN, PositionValue.BLOCK
RECUSED = PositionValue.RECUSED
LEGAL_SEAT, SECURITY_SEAT = 11, 12
VETOES = {
    LEGAL_SEAT: frozenset({VetoClass.LEGAL}),
    SECURITY_SEAT: frozenset({VetoClass.SECURITY}),
}


def ballot(*values: PositionValue, **attributes: Any) -> Ballot:
    """Twelve filled seats; the first of them say `values`, blocks answered, all in person."""
    votes = tuple(
        Vote(
            seat=seat,
            person=100 + seat,
            value=value,
            block_kind=BlockKind.CORRECTNESS if value is BLOCK else None,
            is_answered=True,
        )
        for seat, value in enumerate(values, start=1)
    )
    given_: dict[str, Any] = {
        "klass": ProposalClass.CONTESTED,
        "all_seats": 12,
        "filled": frozenset(range(1, 13)),
        "votes": votes,
        "veto_classes": VETOES,
    }
    return Ballot(**{**given_, **attributes})


@pytest.mark.parametrize(
    ("consents", "blocks", "passes"),
    [(6, 4, False), (8, 4, True), (7, 4, False), (6, 3, True), (7, 0, True), (6, 0, False)],
)
def test_two_thirds_of_consent_and_block_with_quorum(
    consents: int, blocks: int, passes: bool
) -> None:
    counted = tally(ballot(*[CONSENT] * consents, *[BLOCK] * blocks))

    assert (counted.consent, counted.block, counted.passes) == (consents, blocks, passes)
    assert counted.ratio == Fraction(consents, consents + blocks)


def test_the_sentence_carries_the_numbers() -> None:
    assert tally(ballot(*[CONSENT] * 6, *[BLOCK] * 4)).sentence == (
        "6 consent, 4 block: 6 of 10 is less than two thirds."
    )
    assert tally(ballot(*[CONSENT] * 5)).sentence == (
        "5 consent, 0 block: 5 of 5 is at least two thirds. "
        "Without quorum (5 of 7) nothing is decided."
    )
    assert tally(ballot(*[ABSTAIN] * 7)).sentence == (
        "Nobody consents and nobody blocks; two thirds consent is needed."
    )


def test_abstaining_and_recused_seats_are_there_and_outside_the_ratio() -> None:
    counted = tally(ballot(*[CONSENT] * 2, BLOCK, *[ABSTAIN] * 3, RECUSED))

    assert (counted.ratio, counted.present, counted.has_quorum) == (Fraction(2, 3), 7, True)
    assert (counted.abstain, counted.recused, counted.absent) == (3, 1, 5)
    assert counted.passes is True


def test_consent_with_a_concern_is_consent() -> None:
    counted = tally(ballot(*[PositionValue.CONSENT_WITH_CONCERN] * 7))

    assert (counted.consent, counted.passes) == (7, True)


@pytest.mark.parametrize(
    ("seat", "kind", "vetoes"),
    [
        (LEGAL_SEAT, BlockKind.LEGAL, (LEGAL_SEAT,)),
        (SECURITY_SEAT, BlockKind.SECURITY, (SECURITY_SEAT,)),
        (LEGAL_SEAT, BlockKind.SECURITY, ()),  # not its class
        (LEGAL_SEAT, BlockKind.CORRECTNESS, ()),  # not that kind
        (1, BlockKind.LEGAL, ()),  # not a veto seat
    ],
)
def test_only_a_veto_seat_with_its_own_class_cannot_be_outvoted(
    seat: int, kind: BlockKind, vetoes: tuple[int, ...]
) -> None:
    votes = tuple(
        Vote(seat=s, person=100 + s, value=CONSENT) for s in range(1, 13) if s != seat
    )  # fmt: skip
    block = Vote(seat=seat, person=100 + seat, value=BLOCK, block_kind=kind, is_answered=True)

    counted = tally(ballot(votes=(*votes, block)))

    assert (counted.vetoes, counted.passes) == (vetoes, not vetoes)
    assert ("cannot be outvoted" in counted.sentence) is bool(vetoes)


def test_a_block_without_a_written_answer_stands_in_the_way() -> None:
    asked = ballot(*[CONSENT] * 9, BLOCK)
    open_ = replace(asked, votes=tuple(replace(vote, is_answered=False) for vote in asked.votes))

    assert tally(asked).passes is True
    counted = tally(open_)
    assert (counted.passes, counted.unanswered) == (False, (10,))
    assert counted.sentence.endswith("1 block is not yet answered in writing.")


def test_a_charter_needs_two_thirds_of_all_seats_vacant_ones_too() -> None:
    def charter(consents: int) -> Ballot:
        return ballot(
            *[CONSENT] * consents,
            klass=ProposalClass.CHARTER,
            filled=frozenset(range(1, 12)),
        )

    assert tally(charter(8)).passes is True
    counted = tally(charter(7))
    assert counted.passes is False
    assert counted.sentence == (
        "7 of all 12 seats consent; a change of the charter needs two thirds of all seats, "
        "that is 8."
    )


def test_a_conflict_of_interest_recuses_whatever_was_said() -> None:
    counted = tally(ballot(*[CONSENT] * 6, BLOCK, conflicted=frozenset({101, 107})))

    assert (counted.consent, counted.block, counted.recused) == (5, 0, 2)
    assert (counted.present, counted.has_quorum) == (7, True)


def test_a_delegate_with_a_conflict_casts_no_vote_and_one_without_does() -> None:
    delegated = (Vote(seat=7, person=108, value=CONSENT, by_delegate=True),)
    asked = ballot(*[CONSENT] * 6)
    asked = replace(asked, votes=(*asked.votes, *delegated))

    assert (tally(asked).consent, tally(asked).present) == (7, 7)
    void = tally(replace(asked, conflicted=frozenset({108})))
    assert (void.consent, void.present, void.absent) == (6, 6, 6)


def test_in_a_meeting_the_room_is_counted_and_written_positions_speak() -> None:
    six = dict.fromkeys(range(1, 7), False)
    asked = ballot(*[CONSENT] * 5, attending=six)

    assert tally(asked).has_quorum is False
    seven = tally(replace(asked, attending={**six, 8: True}))
    assert (seven.has_quorum, seven.present, seven.delegated) == (True, 7, 1)
    assert (seven.silent, seven.absent) == (2, 5)


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ((Vote(seat=40, person=1, value=CONSENT),), "Seat 40 has no vote"),
        (
            (Vote(seat=1, person=1, value=CONSENT), Vote(seat=1, person=2, value=BLOCK)),
            "Seat 1 has two votes",
        ),
    ],
)
def test_votes_that_cannot_be_are_refused(votes: tuple[Vote, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tally(ballot(votes=votes))


@st.composite
def ballots(draw: st.DrawFn) -> Ballot:
    """Any council of up to fourteen seats with any votes."""
    filled = draw(st.frozensets(st.integers(1, 14), max_size=14))
    votes = []
    for seat in sorted(filled):
        if draw(st.booleans()):
            value = draw(st.sampled_from(PositionValue))
            votes.append(
                Vote(
                    seat=seat,
                    person=draw(st.integers(100, 116)),
                    value=value,
                    block_kind=draw(st.sampled_from(BlockKind)) if value is BLOCK else None,
                    by_delegate=draw(st.booleans()),
                    is_answered=draw(st.booleans()),
                )
            )
    attending = draw(
        st.none() | st.dictionaries(st.sampled_from(sorted(filled)), st.booleans())
        if filled
        else st.none()
    )
    return Ballot(
        klass=draw(st.sampled_from([ProposalClass.CONTESTED, ProposalClass.CHARTER])),
        all_seats=14,
        filled=filled,
        votes=tuple(votes),
        attending=attending,
        conflicted=draw(st.frozensets(st.integers(100, 116), max_size=3)),
        veto_classes=VETOES,
    )


@given(ballots(), st.randoms())
def test_the_order_of_votes_changes_nothing(asked: Ballot, random: Any) -> None:
    shuffled = list(asked.votes)
    random.shuffle(shuffled)

    assert tally(replace(asked, votes=tuple(shuffled))) == tally(asked)


@given(ballots())
def test_the_tally_is_made_again_from_the_record(asked: Ballot) -> None:
    record = json.loads(json.dumps(asked.record()))

    assert tally(Ballot.of(record)) == tally(asked)
    assert Ballot.of(record).record() == record


@given(ballots(), st.integers(1, 14))
def test_one_more_consent_never_defeats(asked: Ballot, seat: int) -> None:
    """Monotone: a seat that said something else, or nothing, now consents in person."""
    if seat not in asked.filled or not tally(asked).passes:
        return
    others = tuple(vote for vote in asked.votes if vote.seat != seat)
    consenting = Vote(seat=seat, person=99, value=CONSENT)

    assert tally(replace(asked, votes=(*others, consenting))).passes is True


@given(ballots(), st.integers(1, 14))
def test_one_more_block_never_passes_what_had_quorum(asked: Ballot, seat: int) -> None:
    before = tally(asked)
    if seat not in asked.filled or before.passes or not before.has_quorum:
        return
    others = tuple(vote for vote in asked.votes if vote.seat != seat)
    if any(vote.seat == seat and vote.value is BLOCK for vote in asked.votes):
        return  # replacing a block may lift a veto
    blocking = Vote(
        seat=seat, person=99, value=BLOCK, block_kind=BlockKind.CORRECTNESS, is_answered=True
    )

    assert tally(replace(asked, votes=(*others, blocking))).passes is False


@given(ballots())
def test_every_filled_seat_is_counted_once(asked: Ballot) -> None:
    counted = tally(asked)

    spoken = counted.consent + counted.block + counted.abstain + counted.recused
    assert spoken + counted.silent + counted.absent == len(asked.filled)
    assert not counted.passes or (counted.has_quorum and not counted.vetoes)

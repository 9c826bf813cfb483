"""Quorum: more than half of the filled seats, delegates for a quarter of it at most (3.3)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.council.rules.quorum import Quorum, quorum_of, share_in_words


@st.composite
def rooms(draw: st.DrawFn) -> tuple[int, int, int]:
    """Filled seats, and how many of them are there in person and by delegate."""
    filled = draw(st.integers(0, 40))
    in_person = draw(st.integers(0, filled))
    return filled, in_person, draw(st.integers(0, filled - in_person))


@pytest.mark.parametrize(
    ("filled", "in_person", "delegated", "needed", "present", "is_met"),
    [
        (12, 7, 0, 7, 7, True),
        (12, 6, 1, 7, 7, True),
        (12, 6, 0, 7, 6, False),
        (12, 5, 2, 7, 6, False),  # one delegate counts, a quarter of 7
        (11, 6, 0, 6, 6, True),  # one seat vacant: the need falls
        (11, 5, 1, 6, 6, True),
        (3, 1, 1, 2, 1, False),  # a quarter of 2 is none
        (1, 1, 0, 1, 1, True),
        (0, 0, 0, 1, 0, False),
    ],
)
def test_quorum_by_its_numbers(
    filled: int, in_person: int, delegated: int, needed: int, present: int, is_met: bool
) -> None:
    quorum = quorum_of(filled=filled, in_person=in_person, delegated=delegated)

    assert (quorum.needed, quorum.present, quorum.is_met) == (needed, present, is_met)


def test_the_rule_is_told_in_words_with_its_numbers() -> None:
    met = quorum_of(filled=12, in_person=6, delegated=1)
    missed = quorum_of(filled=12, in_person=4, delegated=3)

    assert met.sentence == (
        "Quorum: 7 present (6 in person, 1 by delegate) of 12 filled voting seats; "
        "more than half are needed, that is 7."
    )
    assert missed.sentence == (
        "No quorum: 5 present (4 in person, 1 by delegate; 2 more by delegate do not count, "
        "delegates supply 1 at most) of 12 filled voting seats; more than half are needed, "
        "that is 7."
    )
    assert missed.surplus_delegates == 2


def test_a_charter_may_ask_for_more() -> None:
    quorum = quorum_of(
        filled=12,
        in_person=7,
        delegated=2,
        quorum_share=Fraction(2, 3),
        delegate_share=Fraction(1, 3),
    )

    assert (quorum.needed, quorum.present, quorum.is_met) == (9, 9, True)
    assert "more than two thirds are needed, that is 9." in quorum.sentence
    assert share_in_words(Fraction(3, 5)) == "60 %"


@pytest.mark.parametrize(("filled", "in_person", "delegated"), [(3, 2, 2), (3, -1, 0), (-1, 0, 0)])
def test_a_room_that_cannot_be_is_refused(filled: int, in_person: int, delegated: int) -> None:
    with pytest.raises(ValueError, match="No more seats can be there than are filled"):
        quorum_of(filled=filled, in_person=in_person, delegated=delegated)


@given(rooms())
def test_more_than_half_without_delegates_beyond_a_quarter(room: tuple[int, int, int]) -> None:
    filled, in_person, delegated = room

    quorum = quorum_of(filled=filled, in_person=in_person, delegated=delegated)

    counted = quorum.present - in_person
    assert 2 * quorum.needed > filled >= 2 * (quorum.needed - 1)
    assert 4 * counted <= quorum.needed
    assert counted + quorum.surplus_delegates == delegated
    assert not quorum.is_met or 2 * quorum.present > filled


@given(rooms())
def test_coming_in_person_never_loses_quorum(room: tuple[int, int, int]) -> None:
    filled, in_person, delegated = room
    before = quorum_of(filled=filled, in_person=in_person, delegated=delegated)

    def after(person: int, delegate: int) -> Quorum:
        return quorum_of(filled=filled, in_person=person, delegated=delegate)

    if in_person + delegated < filled:
        assert after(in_person + 1, delegated).present >= before.present
        assert after(in_person, delegated + 1).present >= before.present
    if delegated:
        assert after(in_person + 1, delegated - 1).present >= before.present

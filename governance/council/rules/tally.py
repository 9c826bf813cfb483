"""Counting a vote: who counts, what passes, which block no majority can overcome (3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from governance.council.rules.quorum import HALF, QUARTER, Quorum, quorum_of, share_in_words
from governance.types import BlockKind, PositionValue, ProposalClass, VetoClass

TWO_THIRDS = Fraction(2, 3)

_CONSENTS = frozenset({PositionValue.CONSENT, PositionValue.CONSENT_WITH_CONCERN})
_VETO_OF_BLOCK: Mapping[BlockKind, VetoClass] = {
    BlockKind.LEGAL: VetoClass.LEGAL,
    BlockKind.SECURITY: VetoClass.SECURITY,
}


@dataclass(frozen=True, slots=True)
class Vote:
    """What one seat says: its last position on the digest that is decided.

    `person` is who cast it: the sitter, or their delegate with `by_delegate`. `is_answered` says
    whether somebody answered the block in writing.
    """

    seat: int
    person: int
    value: PositionValue
    block_kind: BlockKind | None = None
    by_delegate: bool = False
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Ballot:
    """Everything a tally is made of, so that it can be made again from the record.

    `all_seats` counts the voting seats, vacant ones too; `filled` are those with a sitter.
    `attending` maps the seats in the room to whether a delegate sits there; None for a vote
    outside a meeting, where whoever took a position is present. `conflicted` are people with a
    conflict of interest. `veto_classes` maps a seat to the classes that its blocks carry.
    """

    klass: ProposalClass
    all_seats: int
    filled: frozenset[int]
    votes: tuple[Vote, ...]
    attending: Mapping[int, bool] | None = None
    conflicted: frozenset[int] = frozenset()
    veto_classes: Mapping[int, frozenset[VetoClass]] = field(default_factory=dict)
    quorum_share: Fraction = HALF
    delegate_share: Fraction = QUARTER
    pass_share: Fraction = TWO_THIRDS

    def record(self) -> dict[str, Any]:
        """The ballot as JSON in a fixed order, people and seats by id."""
        return {
            "class": self.klass.value,
            "all_seats": self.all_seats,
            "filled": sorted(self.filled),
            "votes": [
                {
                    "seat": vote.seat,
                    "person": vote.person,
                    "value": vote.value.value,
                    "block_kind": vote.block_kind.value if vote.block_kind else "",
                    "by_delegate": vote.by_delegate,
                    "is_answered": vote.is_answered,
                }
                for vote in sorted(self.votes, key=lambda vote: vote.seat)
            ],
            "attending": (
                None
                if self.attending is None
                else [[seat, self.attending[seat]] for seat in sorted(self.attending)]
            ),
            "conflicted": sorted(self.conflicted),
            "veto_classes": [
                [seat, sorted(kind.value for kind in self.veto_classes[seat])]
                for seat in sorted(self.veto_classes)
            ],
            "quorum_share": str(self.quorum_share),
            "delegate_share": str(self.delegate_share),
            "pass_share": str(self.pass_share),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Ballot:
        """The ballot that `record` was made of."""
        attending = record["attending"]
        return cls(
            klass=ProposalClass(record["class"]),
            all_seats=record["all_seats"],
            filled=frozenset(record["filled"]),
            votes=tuple(
                Vote(
                    seat=vote["seat"],
                    person=vote["person"],
                    value=PositionValue(vote["value"]),
                    block_kind=BlockKind(vote["block_kind"]) if vote["block_kind"] else None,
                    by_delegate=vote["by_delegate"],
                    is_answered=vote["is_answered"],
                )
                for vote in record["votes"]
            ),
            attending=None if attending is None else dict(attending),
            conflicted=frozenset(record["conflicted"]),
            veto_classes={
                seat: frozenset(map(VetoClass, kinds)) for seat, kinds in record["veto_classes"]
            },
            quorum_share=Fraction(record["quorum_share"]),
            delegate_share=Fraction(record["delegate_share"]),
            pass_share=Fraction(record["pass_share"]),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcome of counting: seats by what they said, the ratio, and the rule in words.

    `ratio` is consent over consent and block, None where nobody said either. `vetoes` and
    `unanswered` are the seats whose blocks stand in the way whatever the ratio. `absent` are
    filled seats that neither spoke nor were there; `silent` were there and said nothing.
    """

    consent: int
    block: int
    abstain: int
    recused: int
    silent: int
    absent: int
    ratio: Fraction | None
    quorum: int
    present: int
    delegated: int
    has_quorum: bool
    passes: bool
    vetoes: tuple[int, ...]
    unanswered: tuple[int, ...]
    sentence: str
    quorum_sentence: str

    def record(self) -> dict[str, Any]:
        """The counts as JSON, for the decision."""
        return {
            "consent": self.consent,
            "block": self.block,
            "abstain": self.abstain,
            "recused": self.recused,
            "silent": self.silent,
            "absent": self.absent,
            "ratio": None if self.ratio is None else str(self.ratio),
            "quorum": self.quorum,
            "present": self.present,
            "delegated": self.delegated,
            "has_quorum": self.has_quorum,
            "passes": self.passes,
            "vetoes": list(self.vetoes),
            "unanswered": list(self.unanswered),
        }


def tally(ballot: Ballot) -> Tally:
    """Count a ballot.

    A member with a conflict of interest is counted as recused whatever they said, and a delegate
    with one casts no vote. Recused and abstaining seats are present and stand outside the ratio.
    Raises ValueError for a vote of a seat that has none and for two votes of one seat.
    """
    said = _said(ballot)
    values = list(said.values())
    consent = sum(1 for value in values if value in _CONSENTS)
    abstain = values.count(PositionValue.ABSTAIN)
    recused = values.count(PositionValue.RECUSED)
    blocks = [
        vote
        for vote in ballot.votes
        if said.get(vote.seat) is PositionValue.BLOCK
    ]  # fmt: skip
    vetoes = tuple(sorted(vote.seat for vote in blocks if _is_veto(ballot, vote)))
    unanswered = tuple(sorted(vote.seat for vote in blocks if not vote.is_answered))
    present = _present(ballot, said)
    quorum = quorum_of(
        filled=len(ballot.filled),
        in_person=sum(1 for by_delegate in present.values() if not by_delegate),
        delegated=sum(1 for by_delegate in present.values() if by_delegate),
        quorum_share=ballot.quorum_share,
        delegate_share=ballot.delegate_share,
    )
    counted = consent + len(blocks)
    ratio = Fraction(consent, counted) if counted else None
    is_enough = _is_enough(ballot, consent, ratio)
    return Tally(
        consent=consent,
        block=len(blocks),
        abstain=abstain,
        recused=recused,
        silent=len(present.keys() - said.keys()),
        absent=len(ballot.filled - present.keys() - said.keys()),
        ratio=ratio,
        quorum=quorum.needed,
        present=quorum.present,
        delegated=quorum.delegated,
        has_quorum=quorum.is_met,
        passes=quorum.is_met and is_enough and not vetoes and not unanswered,
        vetoes=vetoes,
        unanswered=unanswered,
        sentence=_sentence(ballot, consent, len(blocks), quorum, is_enough, vetoes, unanswered),
        quorum_sentence=quorum.sentence,
    )


def _said(ballot: Ballot) -> dict[int, PositionValue]:
    """What each seat counts as having said."""
    said: dict[int, PositionValue] = {}
    seen: set[int] = set()
    for vote in ballot.votes:
        if vote.seat not in ballot.filled:
            raise ValueError(f"Seat {vote.seat} has no vote: it is vacant or does not vote.")
        if vote.seat in seen:
            raise ValueError(f"Seat {vote.seat} has two votes; the last one alone counts.")
        seen.add(vote.seat)
        if vote.person not in ballot.conflicted:
            said[vote.seat] = vote.value
        elif not vote.by_delegate:
            said[vote.seat] = PositionValue.RECUSED
    return said


def _present(ballot: Ballot, said: Mapping[int, PositionValue]) -> dict[int, bool]:
    """The seats that are there, with whether a delegate sits on them."""
    if ballot.attending is None:
        return {vote.seat: vote.by_delegate for vote in ballot.votes if vote.seat in said}
    return {seat: by for seat, by in ballot.attending.items() if seat in ballot.filled}


def _is_veto(ballot: Ballot, vote: Vote) -> bool:
    if vote.block_kind is None:
        return False
    needed = _VETO_OF_BLOCK.get(vote.block_kind)
    return needed in ballot.veto_classes.get(vote.seat, frozenset())


def _is_enough(ballot: Ballot, consent: int, ratio: Fraction | None) -> bool:
    if ballot.klass is ProposalClass.CHARTER:
        return consent > 0 and consent >= ballot.pass_share * ballot.all_seats
    return ratio is not None and ratio >= ballot.pass_share


def _sentence(
    ballot: Ballot,
    consent: int,
    block: int,
    quorum: Quorum,
    is_enough: bool,
    vetoes: tuple[int, ...],
    unanswered: tuple[int, ...],
) -> str:
    share = share_in_words(ballot.pass_share)
    if ballot.klass is ProposalClass.CHARTER:
        needed = -(-ballot.pass_share * ballot.all_seats // 1)
        rule = (
            f"{consent} of all {ballot.all_seats} seats consent; a change of the charter needs "
            f"{share} of all seats, that is {needed}."
        )
    elif consent + block == 0:
        rule = f"Nobody consents and nobody blocks; {share} consent is needed."
    else:
        rule = (
            f"{consent} consent, {block} block: {consent} of {consent + block} is "
            f"{'at least' if is_enough else 'less than'} {share}."
        )
    parts = [rule]
    if not quorum.is_met:
        parts.append(f"Without quorum ({quorum.present} of {quorum.needed}) nothing is decided.")
    if vetoes:
        parts.append("A legal or security block of a seat with that veto cannot be outvoted.")
    if unanswered:
        blocks = "1 block is" if len(unanswered) == 1 else f"{len(unanswered)} blocks are"
        parts.append(f"{blocks} not yet answered in writing.")
    return " ".join(parts)

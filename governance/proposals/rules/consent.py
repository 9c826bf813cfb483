"""Whether those who must sign have consented: whose word counts for which domain (3.3).

A position on a digest whose logic differs from the current one is stale and never counts. Whoever
made a proposal never signs it: then another person of the domain does. Silence is no consent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from governance.types import PositionValue

_CONSENTS = frozenset({PositionValue.CONSENT, PositionValue.CONSENT_WITH_CONCERN})


@dataclass(frozen=True, slots=True)
class Said:
    """One position: who spoke, for whom, and whether the text it speaks of is another one now.

    `domains` are those that the voice was lent for; None: for everything.
    """

    id: int
    person: int
    value: PositionValue
    at: dt.datetime
    on_behalf_of: int | None = None
    is_stale: bool = False
    domains: frozenset[int] | None = None

    @property
    def voice(self) -> int:
        """Whose voice it is, whoever cast it."""
        return self.on_behalf_of or self.person

    @property
    def is_own_block(self) -> bool:
        """Whether somebody blocks in their own name."""
        return self.on_behalf_of is None and self.value is PositionValue.BLOCK

    def reaches(self, domain: int | None) -> bool:
        """Whether it speaks for a domain, and not beside a voice lent for others only."""
        return self.domains is None or domain in self.domains


@dataclass(frozen=True, slots=True)
class MustSign:
    """One signature that is needed.

    `person` answers for it (None: nobody is named). `stand_ins` were asked by the clock (delegate,
    manager); `second` are the other people of the domain, and the delegates of one who stands
    aside: they sign, in their own name, where `person` has a conflict.
    """

    label: str
    person: int | None
    domain: int | None = None
    stand_ins: frozenset[int] = frozenset()
    second: frozenset[int] = frozenset()


class SignState(StrEnum):
    """How far one signature is; `vacant` means that nobody can give it."""

    CONSENTED = "consented"
    BLOCKED = "blocked"
    ABSTAINED = "abstained"
    SILENT = "silent"
    VACANT = "vacant"


@dataclass(frozen=True, slots=True)
class Signature:
    """The state of one signature, the position that made it, and who may give it now."""

    label: str
    state: SignState
    said: Said | None
    may_sign: frozenset[int]
    has_conflict: bool = False


def counted(said: Iterable[Said]) -> dict[int, Said]:
    """The last position of each voice that is not stale. Nobody who speaks for somebody lifts that
    person's own block."""
    last: dict[int, Said] = {}
    for one in sorted(said, key=lambda one: (one.at, one.id)):
        before = last.get(one.voice)
        if one.is_stale or (one.on_behalf_of is not None and before and before.is_own_block):
            continue
        last[one.voice] = one
    return last


def recused_of(said: Iterable[Said]) -> frozenset[int]:
    """Who last said of themselves that they stand aside, on whatever revision."""
    own: dict[int, Said] = {}
    for one in sorted(said, key=lambda one: (one.at, one.id)):
        if one.on_behalf_of is None:
            own[one.person] = one
    return frozenset(p for p, one in own.items() if one.value is PositionValue.RECUSED)


def signature_of(
    needed: MustSign,
    said: Mapping[int, Said],
    *,
    makers: frozenset[int],
    recused: frozenset[int],
) -> Signature:
    """How far one signature is, given `counted` positions.

    `makers` are author, co-authors and champion of the proposal.
    """
    own = needed.person
    is_maker = own is not None and own in makers
    has_conflict = is_maker or (own is not None and own in recused)
    others = (
        needed.stand_ins | (needed.second if has_conflict or own is None else frozenset())
    ) - (makers | recused | {own or 0})
    candidates: list[Said] = []
    if own is not None and not has_conflict and own in said:
        word = said[own]
        # Who made it, or stands aside, speaks for nobody else either.
        if word.person not in makers | recused and word.value is not PositionValue.RECUSED:
            candidates = [word]
    if not candidates:
        candidates = [said[voice] for voice in sorted(others) if voice in said]
    may_sign = others if has_conflict or own is None else others | {own}
    state, word_or_none = _read(candidates, may_sign)
    return Signature(needed.label, state, word_or_none, may_sign, has_conflict)


def signatures(
    needed: Sequence[MustSign],
    said: Iterable[Said],
    *,
    makers: frozenset[int],
    aside: frozenset[int] = frozenset(),
) -> list[Signature]:
    """Every signature with its state; `aside` are those whom the chair ruled to stand aside."""
    everything = list(said)
    recused = recused_of(everything) | aside
    last = {
        domain: counted(one for one in everything if one.reaches(domain))
        for domain in {one.domain for one in needed}
    }
    return [signature_of(one, last[one.domain], makers=makers, recused=recused) for one in needed]


def have_all_consented(found: Sequence[Signature]) -> bool:
    """Whether every signature is given; where nobody has to sign, nothing is missing."""
    return all(one.state is SignState.CONSENTED for one in found)


def _read(candidates: Sequence[Said], may_sign: frozenset[int]) -> tuple[SignState, Said | None]:
    for state, values in (
        (SignState.BLOCKED, {PositionValue.BLOCK}),
        (SignState.CONSENTED, _CONSENTS),
        (SignState.ABSTAINED, {PositionValue.ABSTAIN}),
    ):
        for one in candidates:
            if one.value in values:
                return state, one
    return (SignState.SILENT if may_sign else SignState.VACANT), None

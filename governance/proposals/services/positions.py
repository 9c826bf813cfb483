"""Positions: what somebody says of one exact text, for themselves or for who gave them a voice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput
from catalog.models import Person
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.selectors.reading_once import reading_once
from governance.council.models import Membership, Seat
from governance.council.rules.chain import salted
from governance.council.selectors.seats import open_seats
from governance.proposals.models import Concern, Position, Proposal, SignRequest
from governance.proposals.rules.abilities import Act
from governance.proposals.selectors.recusals import recused_people, rulings_on
from governance.proposals.selectors.signing import (
    delegated_voices,
    lent_for,
    makers_of,
    must_sign_rows,
    must_signs,
    said_of,
    signatures_of,
)
from governance.proposals.selectors.standing import standing
from governance.proposals.services.blocks import block_follows, reopens, require_block_evidence
from governance.proposals.services.reopening import hold_for_reopening
from governance.proposals.services.steps import demand, take, touch
from governance.proposals.services.texts import evidence_rows, optional, written
from governance.salts import new_salt
from governance.types import BlockKind, ConcernState, Evidence, PositionValue

_STANDING = (ConcernState.OPEN, ConcernState.ADDRESSED)


def take_position(
    *,
    acting: Principal,
    key: str,
    revision_digest: str,
    value: PositionValue,
    reason: str = "",
    block_kind: str = "",
    on_behalf_of_id: int | None = None,
    title: str = "",
    evidence: Sequence[Evidence] = (),
) -> Position:
    """Say something of the revision with this digest; the last position of a voice counts.

    A block needs its kind, a reason and, for most kinds, evidence; it stands as a blocking concern
    until it is resolved. Raises Conflict when the text has changed meanwhile.
    """
    require(acting, Action.PROPOSE)
    value = _value(value)
    at = clock.now()
    with writing(acting):
        if value is PositionValue.BLOCK:
            hold_for_reopening(key)
        proposal = take(key)
        with reading_once():
            found = standing(proposal, acting, at)
            is_reopening = value is PositionValue.BLOCK and reopens(proposal)
            demand(Act.REOPEN if is_reopening else Act.TAKE_POSITION, found)
            _require_current(proposal, revision_digest)
            _require_no_ruling(proposal, acting, value)
            if on_behalf_of_id is not None:
                _require_voice(proposal, acting, on_behalf_of_id, at)
                _require_no_interest(proposal, acting, on_behalf_of_id)
            label = _label_of(proposal, acting, on_behalf_of_id, at)
        if value is PositionValue.BLOCK:
            require_block_evidence(block_kind, reason, evidence)
        position = record_position(
            proposal,
            acting=acting,
            value=value,
            at=at,
            reason=reason,
            block_kind=block_kind if value is PositionValue.BLOCK else "",
            on_behalf_of_id=on_behalf_of_id,
            label=label,
        )
        if value is PositionValue.BLOCK:
            block_follows(
                proposal,
                acting=acting,
                at=at,
                raiser_id=on_behalf_of_id or position.person_id,
                kind=BlockKind(block_kind),
                title=title or reason,
                text=position.reason,
                evidence=evidence_rows(evidence),
            )
        elif value is not PositionValue.RECUSED and on_behalf_of_id is None:
            # Who speaks for somebody lifts no block of theirs: its raiser does, or who succeeds.
            _resolve_own_blocks(proposal, position.person_id, at)
    return position


def recuse(*, acting: Principal, key: str, revision_digest: str, reason: str = "") -> Position:
    """Declare a conflict of interest: a delegate or another person of the domain signs instead."""
    return take_position(
        acting=acting,
        key=key,
        revision_digest=revision_digest,
        value=PositionValue.RECUSED,
        reason=reason,
    )


def record_position(
    proposal: Proposal,
    *,
    acting: Principal,
    value: PositionValue,
    at: dt.datetime,
    reason: str = "",
    block_kind: str = "",
    on_behalf_of_id: int | None = None,
    label: str | None = None,
) -> Position:
    """Append a position of a locked proposal; the caller has checked that it may be taken.

    `label` names the signatures that it gives, where the caller knows them.
    """
    if proposal.current is None:
        raise Conflict("This proposal has no text yet.")
    doubts = value in (PositionValue.BLOCK, PositionValue.CONSENT_WITH_CONCERN)
    words = written(reason, field="reason") if doubts else optional(reason, field="reason")
    person_id = person_id_of(acting)
    voice = on_behalf_of_id or person_id
    if label is None:
        label = _label_of(proposal, acting, on_behalf_of_id, at)
    salt = new_salt(f"{value.value} of {voice} on {proposal.key} at {at.isoformat()}")
    position = Position.objects.create(
        proposal=proposal,
        revision=proposal.current,
        revision_digest=proposal.current.digest,
        person_id=person_id,
        on_behalf_of_id=on_behalf_of_id,
        seat=_seat_of(voice, at),
        label=label,
        value=value,
        block_kind=block_kind,
        reason=words,
        salt=salt,
        reason_digest=salted(salt, words),
        at=at,
    )
    touch(proposal, "position", acting=acting, at=at, detail=value.value)
    return position


def _value(value: PositionValue | str) -> PositionValue:
    try:
        return PositionValue(value)
    except ValueError:
        known = ", ".join(one.value for one in PositionValue)
        raise InvalidInput(f"A position is one of {known}.", field="value") from None


def _require_current(proposal: Proposal, digest: str) -> None:
    current = proposal.current
    if current is None or current.digest != digest:
        raise Conflict(
            f"The text has changed: read revision {current.number if current else 1} and say what"
            " you think of it."
        )


def _require_voice(proposal: Proposal, acting: Principal, giver_id: int, at: dt.datetime) -> None:
    """Only who was given a voice uses it: by a delegation in force that covers what is signed, or
    because the clock asked them while the signer was silent. Nobody who made the proposal lends or
    borrows one."""
    taker = person_id_of(acting)
    makers = makers_of(proposal)
    if giver_id in makers or taker in makers:
        raise _refused("own_proposal", "Nobody signs a proposal of their own through another.")
    asked_as_manager = (
        SignRequest.objects.filter(proposal=proposal, person=giver_id, withdrawn_at__isnull=True)
        .filter(manager=taker)
        .exists()
    )
    spoke = any(
        one.person == giver_id and one.on_behalf_of is None and not one.is_stale
        for one in said_of(proposal)
    )
    if asked_as_manager and not spoke:
        return
    given = delegated_voices(taker, at).get(giver_id)
    if given is None and asked_as_manager:
        raise _refused(
            "no_delegation", "Whom you were asked to speak for has spoken: their own word counts."
        )
    if given is None:
        raise _refused(
            "no_delegation",
            "No delegation in force lets you speak for this person; one that was given on or given"
            " back counts for nothing.",
        )
    asked = {row.domain_id for row in must_sign_rows(proposal) if row.person_id == giver_id}
    asked |= _domains_of_seats(giver_id, at)
    if None not in given and not (given & asked):
        raise _refused(
            "no_delegation", "The delegation is for another domain than this proposal touches."
        )


def _require_no_ruling(proposal: Proposal, acting: Principal, value: PositionValue) -> None:
    """Whom the chair ruled to stand aside says nothing but that."""
    ruling = rulings_on(proposal).get(person_id_of(acting))
    if ruling is not None and ruling.stands_aside and value is not PositionValue.RECUSED:
        raise _refused(
            "recused", f"The chair ruled that you stand aside from this proposal: {ruling.ruling}"
        )


def _require_no_interest(proposal: Proposal, acting: Principal, giver_id: int) -> None:
    """Nobody speaks for who stands aside, and who stands aside speaks for nobody."""
    recused = recused_people(proposal)
    if giver_id in recused:
        giver = Person.objects.get(pk=giver_id)
        raise _refused(
            "recused",
            f"{giver} stands aside from this proposal, so nobody speaks for them; where you sign in"
            " their place, sign in your own name.",
        )
    if acting.person_id in recused:
        raise _refused(
            "recused", "You stand aside from this proposal, so you speak for nobody else on it."
        )


def _domains_of_seats(person_id: int, at: dt.datetime) -> set[int | None]:
    return set(
        Seat.objects.filter(
            pk__in=Membership.objects.filter(person=person_id, since__lte=at)
            .exclude(until__lte=at)
            .values("seat")
        )
        .exclude(domains=None)
        .values_list("domains", flat=True)
    )


def _seat_of(person_id: int, at: dt.datetime) -> Seat | None:
    sitting = Membership.objects.filter(person=person_id, since__lte=at).exclude(until__lte=at)
    return open_seats(at).filter(pk__in=sitting.values("seat")).order_by("pk").first()


def _label_of(
    proposal: Proposal, acting: Principal, on_behalf_of_id: int | None, at: dt.datetime
) -> str:
    """The signatures that this voice gives, for the record: one that was lent for a domain gives
    that domain's alone."""
    person_id = person_id_of(acting)
    voice = on_behalf_of_id or person_id
    lent = None if on_behalf_of_id is None else lent_for(proposal, on_behalf_of_id, person_id, at)
    domains = {one.label: one.domain for one in must_signs(proposal, at)}
    labels = [
        one.label
        for one in signatures_of(proposal, at)
        if voice in one.may_sign and (lent is None or domains[one.label] in lent)
    ]
    return ", ".join(labels)[:300]


def _resolve_own_blocks(proposal: Proposal, voice: int, at: dt.datetime) -> None:
    """Who no longer blocks has nothing left to be resolved."""
    Concern.objects.filter(
        proposal=proposal, raiser=voice, is_blocking=True, state__in=_STANDING
    ).update(state=ConcernState.RESOLVED, settled_at=at)


def _refused(code: str, sentence: str) -> AccessRefused:
    return AccessRefused(Verdict(allowed=False, code=code, reason=sentence))

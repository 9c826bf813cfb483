"""Keeping the register: every conflict once, open until somebody settles it or it is gone.

Detectors state conflicts; this room alone stores them. A detector that finds the same again
changes nothing, one that no longer finds it marks it gone, and one that finds what was settled
before leaves the settlement in peace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict as StateConflict
from catalog.errors import InvalidInput, NotFound
from catalog.models import Person
from catalog.services.actors import person_id_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from catalog.written import MOST_REASON, bounded
from governance.agreements.canonical import digest
from governance.clock import now
from governance.conflicts.owners import owner_of
from governance.council.selectors.seats import is_member
from governance.events import ConflictChanged
from governance.models import Agreement, Conflict, Proposal
from governance.types import ConflictKind, ConflictSpec, ConflictState, Party

_SETTLED = (ConflictState.RESOLVED, ConflictState.ACCEPTED)


def fingerprint(spec: ConflictSpec) -> str:
    """What makes two findings the same: their kind and their parties, in any order."""
    return digest([spec.kind, sorted(f"{party.kind} {party.key}" for party in spec.parties)])


def store_conflicts(
    specs: Iterable[ConflictSpec],
    *,
    acting: Principal,
    kinds: Sequence[ConflictKind] = (),
    among: Sequence[str] | None = None,
) -> list[Conflict]:
    """Make the register say what detectors found; returns the conflicts that stand now.

    `kinds` names the detectors that ran: open conflicts of theirs that were not found are gone,
    when `among` is None; else only those with a party of those keys.
    """
    found = {fingerprint(spec): spec for spec in specs}
    with writing(acting):
        present = {
            row.fingerprint: row
            for row in Conflict.objects.select_for_update().filter(fingerprint__in=found)
        }
        standing = [
            _refresh(present[key], spec, acting) if key in present else _open(key, spec, acting)
            for key, spec in found.items()
        ]
        if kinds:
            _mark_gone(kinds, set(found), among, acting)
    return standing


def settle(
    *, acting: Principal, conflict_id: int, state: ConflictState, resolution: str
) -> Conflict:
    """Say how it was resolved, or why both stand (`accepted`), with a reason in writing.

    Its owner, a party's champion, or an administrator may; raises InvalidInput without a reason.
    """
    require(acting, Action.PROPOSE)
    if state not in _SETTLED:
        raise InvalidInput("A conflict is settled as resolved or as accepted.", field="state")
    words = resolution.strip()
    if not words:
        raise InvalidInput("Say in a sentence how it was settled.", field="resolution")
    bounded(words, "resolution", MOST_REASON)
    with writing(acting, reason=words):
        row = _locked(conflict_id)
        if row.state != ConflictState.OPEN:
            raise StateConflict(f"This conflict is {row.state} already.")
        _require_party(acting, row, "settle a conflict")
        row.state, row.resolution = state, words
        row.resolved_by_id, row.settled_at = person_id_of(acting), now()
        row.save(update_fields=["state", "resolution", "resolved_by", "settled_at"])
        record(ConflictChanged(kind=row.kind, state=state), row, acting=acting)
    return row


def reopen(*, acting: Principal, conflict_id: int, reason: str) -> Conflict:
    """Open a settled conflict again; anybody may, with a reason (R-026)."""
    require(acting, Action.PROPOSE)
    if not reason.strip():
        raise InvalidInput("Say in a sentence why it stands again.", field="reason")
    with writing(acting, reason=reason):
        row = _locked(conflict_id)
        if row.state == ConflictState.OPEN:
            return row
        row.state, row.settled_at, row.resolved_by = ConflictState.OPEN, None, None
        row.resolution = ""
        row.save(update_fields=["state", "settled_at", "resolved_by", "resolution"])
        record(ConflictChanged(kind=row.kind, state=row.state), row, acting=acting)
    return row


def assign(*, acting: Principal, conflict_id: int, owner_id: int) -> Conflict:
    """Name who brings the parties together: whoever may settle it may, and who sits on the council.
    Raises InvalidInput for somebody who left."""
    require(acting, Action.PROPOSE)
    if not Person.objects.filter(pk=owner_id, is_active=True).exists():
        raise InvalidInput("Name somebody who works here.", field="username")
    with writing(acting):
        row = _locked(conflict_id)
        if not is_member(acting):
            _require_party(acting, row, "name who owns a conflict")
        row.owner_id = owner_id
        row.save(update_fields=["owner"])
        record(ConflictChanged(kind=row.kind, state=row.state), row, acting=acting)
    return row


def _open(key: str, spec: ConflictSpec, acting: Principal) -> Conflict:
    row = Conflict.objects.create(
        kind=spec.kind,
        fingerprint=key,
        title=" and ".join(party.title for party in spec.parties)[:300],
        witness=spec.witness,
        counts=dict(spec.counts),
        parties=[_as_json(party) for party in spec.parties],
        owner_id=owner_of(spec.parties),
        found_at=now(),
    )
    keys = [party.key for party in spec.parties]
    row.agreements.set(Agreement.objects.filter(key__in=keys))
    row.proposals.set(Proposal.objects.filter(key__in=keys))
    record(ConflictChanged(kind=row.kind, state=row.state), row, acting=acting)
    return row


def _refresh(row: Conflict, spec: ConflictSpec, acting: Principal) -> Conflict:
    """The latest words and numbers; what was gone is open again, what was settled stays so."""
    fresh = (spec.witness, dict(spec.counts), [_as_json(party) for party in spec.parties])
    returns = row.state == ConflictState.GONE
    if not returns and (row.witness, row.counts, row.parties) == fresh:
        return row
    row.witness, row.counts, row.parties = fresh
    if returns:
        row.state, row.settled_at = ConflictState.OPEN, None
    row.save(update_fields=["witness", "counts", "parties", "state", "settled_at"])
    if returns:
        record(ConflictChanged(kind=row.kind, state=row.state), row, acting=acting)
    return row


def _mark_gone(
    kinds: Sequence[ConflictKind],
    found: set[str],
    among: Sequence[str] | None,
    acting: Principal,
) -> None:
    rows = Conflict.objects.select_for_update().filter(kind__in=kinds, state=ConflictState.OPEN)
    for row in rows.exclude(fingerprint__in=found):
        keys = {party["key"] for party in row.parties}
        if among is not None and keys.isdisjoint(among):
            continue
        row.state, row.settled_at = ConflictState.GONE, now()
        row.save(update_fields=["state", "settled_at"])
        record(ConflictChanged(kind=row.kind, state=row.state), row, acting=acting)


def _require_party(acting: Principal, row: Conflict, act: str) -> None:
    person = person_id_of(acting)
    champions = set(row.proposals.values_list("champion_id", flat=True))
    if person == row.owner_id or person in champions:
        return
    if not acting.is_administrator:
        # Asked first: a token with another scope would not help somebody who is no administrator.
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_administrator",
                reason=f"Only its owner, a party's champion and administrators {act}.",
                ask="who owns the conflict",
            )
        )
    require(acting, Action.ADMINISTER)


def _locked(conflict_id: int) -> Conflict:
    row = Conflict.objects.select_for_update(of=("self",)).filter(pk=conflict_id).first()
    if row is None:
        raise NotFound("There is no such conflict.")
    return row


def _as_json(party: Party) -> dict[str, str]:
    return {
        "kind": party.kind,
        "key": party.key,
        "title": party.title,
        "text": party.text,
        "owner": party.owner,
    }

"""Reading the chain of decisions: lists, one of them, proof that none was changed, exports."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DataError, connection, transaction
from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.selectors.listing import words_of
from catalog.types import Principal
from governance.council.models import Decision
from governance.council.rules.chain import Fault, Head, Link, faults
from governance.council.rules.tally import Ballot, tally
from governance.proposals.models import Position, Revision
from governance.proposals.rules.consent import Said, counted
from governance.types import Outcome, PositionValue

_COLUMNS = (
    "key",
    "number",
    "record",
    "prev_hash",
    "hash",
    "klass",
    "outcome",
    "state_after",
    "sentence",
    "rule",
    "tally",
    "dissent",
    "unchecked",
    "evidence_share",
    "present",
    "quorum",
    "revision_digest",
    "impact_digest",
    "decided_at",
    "decided_by",
    "effective_at",
    "meeting",
    "proposal__key",
)
_BATCH = 5_000
# OFFSET 0 keeps the planner from reading each record once for every mention.
_DIFFERING = """
SELECT d.number
FROM governance_decision d
JOIN governance_proposal p ON p.id = d.proposal_id
CROSS JOIN LATERAL (SELECT d.record::jsonb AS r OFFSET 0) parsed
WHERE NOT (
    r - ARRAY['salt', 'sentence', 'rule', 'decided_at', 'effective_at'] = jsonb_build_object(
        'key', d.key, 'number', d.number, 'proposal', p.key, 'meeting', d.meeting_id,
        'class', d.klass, 'outcome', d.outcome, 'state_after', d.state_after,
        'tally', d.tally, 'dissent', d.dissent, 'unchecked', d.unchecked,
        'evidence', d.evidence_share, 'present', d.present, 'quorum', d.quorum,
        'revision', d.revision_digest, 'impact', d.impact_digest, 'decided_by', d.decided_by_id
    )
    AND (r ->> 'decided_at')::timestamptz IS NOT DISTINCT FROM d.decided_at
    AND (r ->> 'effective_at')::timestamptz IS NOT DISTINCT FROM d.effective_at
    AND r ->> 'sentence' = encode(sha256(convert_to((r ->> 'salt') || d.sentence, 'UTF8')), 'hex')
    AND r ->> 'rule' = encode(sha256(convert_to((r ->> 'salt') || d.rule, 'UTF8')), 'hex')
) IS NOT FALSE
"""


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a verification found: how many decisions, the head to remember, every fault."""

    length: int
    head: Head | None
    faults: tuple[Fault, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, left out, moved or cut off."""
        return not self.faults


def decision_list(
    principal: Principal,
    outcome: Outcome | str | None = None,
    kind: str | None = None,
    query: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> QuerySet[Decision]:
    """Decisions, the newest first."""
    rows = gate().scope(principal, Action.SEE, Decision.objects.all())
    if outcome:
        rows = rows.filter(outcome=outcome)
    if kind:
        rows = rows.filter(proposal__kind=kind)
    if since is not None:
        rows = rows.filter(decided_at__gte=since)
    if until is not None:
        rows = rows.filter(decided_at__lt=until)
    for word in words_of(query):
        rows = rows.filter(
            Q(key__iexact=word) | Q(sentence__icontains=word) | Q(proposal__key__iexact=word)
        )
    return rows.select_related("proposal", "decided_by", "meeting").order_by("-number")


def get_decision(principal: Principal, key: str) -> Decision:
    """One decision; raises NotFound."""
    decision = decision_list(principal).filter(key=key).first()
    if decision is None:
        raise NotFound("There is no such decision.")
    return decision


def verify_chain(head: Head | None = None) -> ChainState:
    """Read the whole chain and compare every link; `head` is the end that somebody remembers.

    100,000 decisions take some seconds and little memory.
    """
    seen = _Seen()
    found = tuple(faults(seen.watch(_links()), head))
    return ChainState(seen.length, seen.head, found)


def chain_head() -> Head | None:
    """The end of the chain, to be remembered elsewhere."""
    row = Decision.objects.order_by("-number").values_list("number", "hash").first()
    return Head(*row) if row else None


def recount(decision: Decision) -> dict[str, int]:
    """The positions counted again as they were when it was decided; equals its tally."""
    logic = (
        Revision.objects.filter(proposal=decision.proposal_id, digest=decision.revision_digest)
        .values_list("logic_digest", flat=True)
        .first()
    )
    rows = Position.objects.filter(
        proposal=decision.proposal_id,
        pk__lte=decision.tally["through"],
        revision__logic_digest=logic,
    ).order_by("at", "pk")
    said = [
        Said(pk, person, PositionValue(value), at, on_behalf_of)
        for pk, person, value, at, on_behalf_of in rows.values_list(
            "pk", "person", "value", "at", "on_behalf_of"
        )
    ]
    counts = Counter(one.value for one in counted(said).values())
    return {value.value: counts[value] for value in PositionValue}


def recounted_vote(decision: Decision) -> dict[str, Any] | None:
    """The council's count made again from the ballot on record; None where nobody voted."""
    ballot = decision.tally.get("ballot")
    return tally(Ballot.of(ballot)).record() if ballot else None


def _links() -> Iterator[Link]:
    """Every decision in order, with its columns where they do not repeat the record.

    The database compares columns and record, which takes it a tenth of the time; what it finds
    different, or cannot read, is read again and told by `rules.chain`.
    """
    try:
        with transaction.atomic():
            differing = _differing()
    except DataError:  # a record that is no JSON any more
        differing = set(Decision.objects.values_list("number", flat=True))
    rows = Decision.objects.order_by("number").values_list(
        "key", "number", "record", "prev_hash", "hash"
    )
    for key, number, record, prev_hash, hash_ in rows.iterator(chunk_size=_BATCH):
        if number in differing:
            yield _link(Decision.objects.values_list(*_COLUMNS).get(number=number))
        else:
            yield Link(key, number, record, prev_hash, hash_, columns={}, texts={})


def _differing() -> set[int]:
    """The numbers of decisions whose columns say something else than their record."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING)
        return {number for (number,) in cursor.fetchall()}


def _link(row: tuple[Any, ...]) -> Link:
    (
        key, number, record, prev_hash, hash_, klass, outcome, state_after, sentence, rule, counts,
        dissent, unchecked, evidence, present, quorum, revision, impact, decided_at, decided_by,
        effective_at, meeting, proposal,
    ) = row  # fmt: skip
    return Link(
        key=key,
        number=number,
        record=record,
        prev_hash=prev_hash,
        hash=hash_,
        columns={
            "key": key,
            "number": number,
            "proposal": proposal,
            "meeting": meeting,
            "class": klass,
            "outcome": outcome,
            "state_after": state_after,
            "tally": counts,
            "dissent": dissent,
            "unchecked": unchecked,
            "evidence": evidence,
            "present": present,
            "quorum": quorum,
            "revision": revision,
            "impact": impact,
            "decided_at": _written(decided_at),
            "decided_by": decided_by,
            "effective_at": _written(effective_at),
        },
        texts={"sentence": sentence, "rule": rule},
    )


def _written(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None


class _Seen:
    """Watches links go by: how many, and the last."""

    def __init__(self) -> None:
        self.length = 0
        self.head: Head | None = None

    def watch(self, links: Iterator[Link]) -> Iterator[Link]:
        for link in links:
            self.length += 1
            self.head = Head(link.number, link.hash)
            yield link


def record_of(decision: Decision) -> dict[str, Any]:
    """The record of a decision as it was hashed."""
    record: dict[str, Any] = json.loads(decision.record)
    return record

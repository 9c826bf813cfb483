"""Appending to the chain of decisions: one writer at a time, each link on the one before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from catalog.services.event_log import record as record_event
from catalog.types import Principal
from governance.council.models import Decision
from governance.council.rules.chain import GENESIS, hash_of, salted, written
from governance.events import DecisionTaken
from governance.proposals.models import Proposal
from governance.proposals.selectors.signing import snapshot_of
from governance.salts import new_salt
from governance.types import FindingLevel, Outcome, ProposalState

DECISIONS_LOCK = 3_310_002
MAX_SENTENCE = 500


def append_decision(
    *,
    acting: Principal,
    proposal: Proposal,
    outcome: Outcome,
    state_after: ProposalState,
    sentence: str,
    rule: str,
    at: dt.datetime,
    tally: Mapping[str, Any],
    dissent: Sequence[Mapping[str, Any]] = (),
    present: int | None = None,
    quorum: int | None = None,
    meeting_id: int | None = None,
    effective_at: dt.datetime | None = None,
) -> Decision:
    """Append one link inside the caller's transaction; two writers wait for each other.

    `dissent` rows carry people by id and reasons by salted digest. The sentence, which may quote
    people, is kept beside the chain and hashed with a salt.
    """
    sentence, rule = sentence[:MAX_SENTENCE], rule[:MAX_SENTENCE]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DECISIONS_LOCK])
    last = Decision.objects.order_by("-number").values("number", "hash").first()
    number = (last["number"] if last else 0) + 1
    prev_hash = last["hash"] if last else GENESIS
    snapshot = snapshot_of(proposal)
    revision = proposal.current
    key, rests_on_evidence = f"DR-{number:04d}", bool(revision and revision.evidence)
    salt = new_salt(key)
    digest = revision.digest if revision else ""
    record: dict[str, Any] = {
        "key": key,
        "number": number,
        "proposal": proposal.key,
        "meeting": meeting_id,
        "class": proposal.klass,
        "outcome": outcome.value,
        "state_after": state_after.value,
        "salt": salt,
        "sentence": salted(salt, sentence),
        "rule": salted(salt, rule),
        "tally": dict(tally),
        "dissent": [dict(one) for one in dissent],
        "unchecked": _unchecked(proposal),
        "evidence": rests_on_evidence,
        "present": present,
        "quorum": quorum,
        "revision": digest,
        "impact": snapshot.digest if snapshot else "",
        "decided_at": _instant(at),
        "decided_by": acting.person_id,
        "effective_at": _instant(effective_at),
    }
    text = written(record)
    decision = Decision.objects.create(
        key=key,
        number=number,
        proposal=proposal,
        meeting_id=meeting_id,
        klass=proposal.klass,
        outcome=outcome,
        state_after=state_after,
        sentence=sentence,
        rule=rule,
        tally=record["tally"],
        dissent=record["dissent"],
        unchecked=record["unchecked"],
        evidence_share=rests_on_evidence,
        present=present,
        quorum=quorum,
        revision_digest=digest,
        impact_digest=record["impact"],
        decided_at=at,
        decided_by_id=acting.person_id,
        effective_at=effective_at,
        record=text,
        prev_hash=prev_hash,
        hash=hash_of(prev_hash, text),
    )
    event = DecisionTaken(key=decision.key, proposal=proposal.key, outcome=outcome.value)
    record_event(event, decision, acting=acting)
    return decision


def _unchecked(proposal: Proposal) -> list[dict[str, str]]:
    """The guards that no engine could answer when the revision was made."""
    findings = proposal.current.findings if proposal.current else []
    return [
        {"check": row["check"], "field": row["field"], "message": row["message"]}
        for row in findings
        if row["level"] == FindingLevel.UNCHECKED
    ]


def _instant(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None

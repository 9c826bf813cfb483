"""Activation of 500 changes in one transaction, and a chain of 100,000 decisions verified.

    python -m benchmarks.council

Runs on the database that CONCORD_VAR names, or on a throwaway one, in one transaction that is
rolled back. Goals: activation at most 2 s, verification at most 5 s. The changes are practices, a
kind with all its checks, and replace 500 practices that hold already.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

enter_database()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from catalog.models import Person  # noqa: E402
from catalog.selectors.principals import principal_of  # noqa: E402
from governance.agreements.models import AgreementVersion, StoryClock  # noqa: E402
from governance.agreements.services.adoption import activate_one  # noqa: E402
from governance.council.models import Decision  # noqa: E402
from governance.council.rules.chain import GENESIS, hash_of, salted, written  # noqa: E402
from governance.council.selectors.decisions import verify_chain  # noqa: E402
from governance.proposals.models import Proposal  # noqa: E402
from governance.proposals.services.deciding import adopt_by_rule  # noqa: E402
from governance.proposals.services.drafting import create_draft  # noqa: E402
from governance.proposals.services.opening import start_discussion, start_final_call  # noqa: E402
from governance.proposals.services.steps import SYSTEM, take  # noqa: E402
from governance.proposals.services.submitting import submit  # noqa: E402
from governance.types import ChangeOp, ChangeSpec, Outcome, ProposalState  # noqa: E402

CHANGES = 500
DECISIONS = 100_000
BAR_ACTIVATION_SECONDS = 2.0
BAR_CHAIN_SECONDS = 5.0
START = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


def _changes(op: ChangeOp, words: str) -> list[ChangeSpec]:
    return [
        ChangeSpec(
            op,
            "practice",
            f"practice:rule-{number}",
            {
                "practice": f"rule-{number}",
                "statement": f"{words} {number}.",
                "owner": "person:benchmark-council",
            },
        )
        for number in range(CHANGES)
    ]


def _at(instant: dt.datetime) -> None:
    settings.STORY_CLOCK = True
    StoryClock.objects.update_or_create(pk=1, defaults={"instant": instant})


def _timed(name: str, start: float) -> float:
    seconds = time.perf_counter() - start
    print(f"{name:44} {seconds:7.2f} s   {time.process_time():7.2f} s computing in Python so far")
    return seconds


def _activation(person: Person, op: ChangeOp, words: str, at: dt.datetime) -> float:
    """Seconds that the adoption alone takes, from the lock to the last event."""
    acting = principal_of(person)
    _at(at)
    begin = time.perf_counter()
    proposal = create_draft(
        acting=acting,
        title=f"{CHANGES} practices",
        ask=words,
        changes=_changes(op, words),
        no_evidence_reason="A benchmark.",
    )
    _timed(f"draft with {CHANGES} changes ({op.value})", begin)
    begin = time.perf_counter()
    submit(acting=acting, key=proposal.key)
    _timed("submitted: checks, impact, conflicts", begin)
    with transaction.atomic():
        proposal = take(proposal.key)
        if proposal.state == ProposalState.TRIAGE:
            start_discussion(proposal, acting=SYSTEM, at=at, reason="Benchmark.")
        start_final_call(proposal, acting=SYSTEM, at=at, reason="Benchmark.")
        adopt_by_rule(proposal, acting=SYSTEM, at=at, rule="Benchmark.", reason="Benchmark.")
    Proposal.objects.filter(pk=proposal.pk).update(effective_at=at)
    begin = time.perf_counter()
    state = activate_one(proposal.key, now=at)
    seconds = _timed(f"activated: {CHANGES} changes ({op.value})", begin)
    if state is not ProposalState.ACTIVE:
        raise SystemExit(f"{proposal.key} is {state.value}, not active.")
    return seconds


def _links(proposal: Proposal, first: int, before: str) -> Iterator[Decision]:
    tally = {"through": 0, "consent": 7, "block": 1, "signatures": {"Sales": "consented"}}
    for number in range(first, first + DECISIONS):
        record = {
            "key": f"DR-{number:04d}",
            "number": number,
            "proposal": proposal.key,
            "meeting": None,
            "class": "S",
            "outcome": "adopted",
            "state_after": "decided_scheduled",
            "salt": "salt",
            "sentence": salted("salt", "Adopted."),
            "rule": salted("salt", "Class S."),
            "tally": tally,
            "dissent": [],
            "unchecked": [],
            "evidence": True,
            "present": None,
            "quorum": None,
            "revision": "0" * 64,
            "impact": "0" * 64,
            "decided_at": START.isoformat(),
            "decided_by": None,
            "effective_at": START.isoformat(),
        }
        text = written(record)
        own = hash_of(before, text)
        yield Decision(
            key=record["key"],
            number=number,
            proposal=proposal,
            klass="S",
            outcome=Outcome.ADOPTED,
            state_after=ProposalState.DECIDED_SCHEDULED,
            sentence="Adopted.",
            rule="Class S.",
            tally=tally,
            evidence_share=True,
            revision_digest="0" * 64,
            impact_digest="0" * 64,
            decided_at=START,
            effective_at=START,
            record=text,
            prev_hash=before,
            hash=own,
        )
        before = own


def _verification() -> float:
    last = Decision.objects.order_by("-number").first()
    proposal = Proposal.objects.order_by("number").first()
    if proposal is None:
        raise SystemExit("There is no proposal to decide on.")
    first, before = (last.number + 1, last.hash) if last else (1, GENESIS)
    begin = time.perf_counter()
    Decision.objects.bulk_create(_links(proposal, first, before), batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE governance_decision")
    _timed(f"{DECISIONS:,} decisions written", begin)
    begin = time.perf_counter()
    state = verify_chain()
    seconds = _timed(f"chain of {state.length:,} verified", begin)
    if not state.is_whole:
        raise SystemExit(state.faults[0].sentence)
    return seconds


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    with transaction.atomic():
        person = Person.objects.create(username="benchmark-council", display_name="Benchmark")
        _activation(person, ChangeOp.CREATE, "Do this", START)
        seconds = _activation(person, ChangeOp.REPLACE, "Do that", START + dt.timedelta(days=1))
        held = AgreementVersion.objects.filter(valid_to__isnull=True).count()
        print(f"{held} versions hold")
        verified = _verification()
        transaction.set_rollback(True)
    return finish(
        [
            Measured(f"{CHANGES} changes activated", seconds, "s", BAR_ACTIVATION_SECONDS),
            Measured(f"{DECISIONS:,} decisions verified", verified, "s", BAR_CHAIN_SECONDS),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())

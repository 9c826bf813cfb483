"""The agenda of a council with 100 open proposals.

    python -m benchmarks.agenda

Runs on the database that CONCORD_VAR names, or on a throwaway one, in one transaction that is
rolled back. Goal: making the agenda at most 1 s; making it anew and reading its page beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

enter_database()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from catalog.models import Person  # noqa: E402
from catalog.types import Principal  # noqa: E402
from governance.council.selectors.meetings import agenda  # noqa: E402
from governance.council.services.meetings import make_agenda, plan_meeting  # noqa: E402
from governance.models import (  # noqa: E402
    Conflict,
    ImpactSnapshot,
    Meeting,
    Membership,
    Position,
    Proposal,
    Revision,
    Seat,
    Signer,
)
from governance.types import (  # noqa: E402
    ConflictKind,
    PositionValue,
    ProposalClass,
    ProposalState,
    SeatKind,
    SignerReason,
    SignerRole,
)

PROPOSALS = 100
SEATS = 12
SIGNERS = 10  # that must sign each proposal
POSITIONS = 12  # taken on each
CONFLICTS = 30
BAR_SECONDS = 1.0
STATES = (ProposalState.COUNCIL_VOTE, ProposalState.FINAL_CALL, ProposalState.TRIAGE)
ACTING = Principal.system("benchmark")


def _people(now: dt.datetime) -> list[Person]:
    people = Person.objects.bulk_create(
        [Person(username=f"agenda{n}", display_name=f"Member {n}") for n in range(SEATS)]
    )
    for number, person in enumerate(people):
        seat = Seat.objects.create(name=f"Seat {number}", slug=f"seat-{number}", kind=SeatKind.HUB)
        Membership.objects.create(seat=seat, person=person, since=now - dt.timedelta(days=90))
    return people


def _proposals(people: list[Person], now: dt.datetime) -> list[Proposal]:
    made = []
    for number in range(PROPOSALS):
        author = people[number % SEATS]
        proposal = Proposal.objects.create(
            key=f"BP-{number:04d}",
            number=900_000 + number,
            kind="term",
            title=f"Question {number}",
            ask=f"Agree on question {number}?",
            state=STATES[number % len(STATES)],
            klass=ProposalClass.STANDARD,
            author=author,
            champion=author,
            created_at=now,
            state_since=now,
            last_event_at=now,
            final_call_until=now + dt.timedelta(days=8),
        )
        digest = hashlib.sha256(proposal.key.encode()).hexdigest()
        proposal.current = Revision.objects.create(
            proposal=proposal,
            number=1,
            digest=digest,
            logic_digest=digest,
            rationale="Because.",
            author=author,
            created_at=now,
        )
        proposal.save(update_fields=["current"])
        snapshot = ImpactSnapshot.objects.create(
            revision=proposal.current,
            taken_at=now,
            scope="enterprise",
            counts={"datasets": number, "dashboards": number // 3},
            digest=digest,
        )
        Signer.objects.bulk_create(
            [
                Signer(
                    snapshot=snapshot,
                    role=SignerRole.MUST_SIGN,
                    reason=SignerReason.OWNS_TARGET,
                    person=people[n % SEATS],
                    label=f"Domain {n}",
                    explanation="Owns it.",
                )
                for n in range(SIGNERS)
            ]
        )
        Position.objects.bulk_create(
            [
                Position(
                    proposal=proposal,
                    revision=proposal.current,
                    revision_digest=digest,
                    person=people[n % SEATS],
                    value=PositionValue.CONSENT,
                    at=now,
                )
                for n in range(POSITIONS)
            ]
        )
        made.append(proposal)
    return made


def _conflicts(proposals: list[Proposal], now: dt.datetime) -> None:
    for number in range(CONFLICTS):
        conflict = Conflict.objects.create(
            kind=ConflictKind.LOGICAL,
            fingerprint=f"{number:064d}",
            title=f"Conflict {number}",
            witness="One row is in one and not in the other.",
            found_at=now,
        )
        conflict.proposals.set(proposals[number * 3 : number * 3 + 2])


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _fresh(meeting: Meeting) -> float:
    """Making the agenda of a meeting that has none yet, from nothing."""
    sid = transaction.savepoint()
    seconds = _timed(lambda: make_agenda(acting=ACTING, meeting_id=meeting.pk))
    transaction.savepoint_rollback(sid)
    return seconds


def main() -> int:
    now = dt.datetime.now(dt.UTC)
    with transaction.atomic():
        people = _people(now)
        _conflicts(_proposals(people, now), now)
        meeting = plan_meeting(acting=ACTING, starts_at=now + dt.timedelta(days=7))
        connection.cursor().execute("ANALYZE")
        fresh = statistics.median(_fresh(meeting) for _ in range(5))
        with CaptureQueriesContext(connection) as queries:
            make_agenda(acting=ACTING, meeting_id=meeting.pk)
        again = statistics.median(
            _timed(lambda: make_agenda(acting=ACTING, meeting_id=meeting.pk)) for _ in range(5)
        )
        page = statistics.median(_timed(lambda: agenda(ACTING, meeting.pk)) for _ in range(5))
        items = meeting.items.count()
        transaction.set_rollback(True)
    print(f"{PROPOSALS} open proposals, {items} items on the agenda, {len(queries)} queries.")
    return finish(
        [
            Measured("agenda of 100 open proposals, made", fresh, "s", BAR_SECONDS),
            Measured("the same, made anew without a change", again, "s", BAR_SECONDS),
            Measured("reading it", page, "s"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

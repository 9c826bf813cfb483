"""Asking before a query runs: the opt-outs first, then the brakes, then a lease (R-067, R-068)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone

from catalog.errors import InvalidInput
from catalog.services.transaction import writing
from catalog.types import Environment, Principal
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    record_decision_here,
)
from governance.brakes.engine import Estimate, Trip
from governance.brakes.models import QueryLease
from governance.brakes.services.granting import grant
from governance.brakes.services.judging import Judged, Origin, judge
from governance.brakes.services.telling import announce_trip
from governance.events import BrakeTripped
from governance.permissions.holder import opt_outs
from governance.permissions.native import CheckAnswer
from governance.permissions.services.statements import (
    CheckedStatement,
    Statement,
    check_statement,
    dialect_meant,
)
from governance.permissions.types import DataAction

GATEWAY = "brake"
MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Asking:
    """What may be said with a statement beside it. `wants_lease` is for whoever runs it now."""

    origin: Origin = field(default_factory=Origin)
    query_id: str = ""
    wants_lease: bool = False


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """The answer of the opt-outs with that of the brakes. `decision_id` is that of the refusal
    where a brake refuses, else that of the opt-outs' answer."""

    checked: CheckedStatement
    decision_id: str
    trips: tuple[Trip, ...] = ()
    estimate: Estimate = field(default_factory=Estimate)
    is_judged: bool = False
    lease: QueryLease | None = None

    @property
    def decision(self) -> CheckAnswer:
        """What becomes of the statement."""
        is_stopped = any(one.refuses for one in self.trips)
        return CheckAnswer.DENY if is_stopped else self.checked.verdict.answer


def check_query(
    statement: Statement, *, acting: Principal, subject: str = "", asking: Asking | None = None
) -> CheckedQuery:
    """The answer to a statement for the principal, or for a subject by user name. A gateway that
    does not say what brakes call it is called by its account's user name.

    Raises as `check_statement` does, and InvalidInput for an estimate that cannot be.
    """
    said = asking or Asking()
    _require_sense(said)
    statement = replace(statement, environment=said.origin.environment)
    is_other = bool(subject) and subject != acting.username
    if is_other and not said.origin.gateway:
        said = replace(said, origin=replace(said.origin, gateway=acting.username))
    checked = check_statement(statement, acting=acting, subject=subject)
    if checked.verdict.answer is CheckAnswer.DENY:
        return CheckedQuery(checked, checked.decision_id)
    index = opt_outs.current()
    person = index.person_named(subject) if is_other else acting.person_id
    assert person is not None  # whom the opt-outs let in is known
    index = opt_outs.index_for(person)
    now = timezone.now()
    judged = judge(
        statement, dialect_meant(statement), said.origin, index=index, person=person, now=now
    )
    lease, trips = None, judged.trips
    if said.wants_lease and not judged.refusing:
        admission = grant(
            statement, said.origin, checked, judged,
            acting=acting, person=person, query_id=said.query_id, now=now,
        )  # fmt: skip
        lease, trips = admission.lease, (*trips, *admission.trips)
    decision_id = checked.decision_id
    refusing = [one for one in trips if one.refuses]
    if refusing:
        decision_id = _record(
            refusing, judged, checked, statement, said, acting=acting, person=person
        )
        if is_other or said.wants_lease:
            _announce(refusing[0], checked.subject, said.origin, acting=acting)
    return CheckedQuery(checked, decision_id, tuple(trips), judged.estimate, True, lease)


def _announce(trip: Trip, subject: str, origin: Origin, *, acting: Principal) -> None:
    """Tell of a query that would have run; a text that somebody only looks at tells nobody."""
    with writing(acting, reason="A brake refused a query"):
        announce_trip(
            BrakeTripped(
                what="refused",
                brake=trip.brake,
                code=trip.code.value,
                person=subject,
                gateway=origin.gateway,
                sentence=trip.sentence[:1_000],
            ),
            acting=acting,
        )


def _require_sense(asking: Asking) -> None:
    wrong = asking.origin.claim.wrong()
    if wrong is not None:
        name, sentence = wrong
        raise InvalidInput(sentence, field=f"estimate.{name}")
    if asking.origin.environment and asking.origin.environment not in set(Environment):
        raise InvalidInput(
            f"There is no environment {asking.origin.environment[:50]!r}: use"
            f" {', '.join(Environment)}.",
            field="environment",
        )


def _record(
    refusing: Sequence[Trip],
    judged: Judged,
    checked: CheckedStatement,
    statement: Statement,
    asking: Asking,
    *,
    acting: Principal,
    person: int,
) -> str:
    is_other = person != acting.person_id
    return record_decision_here(
        AccessRecord(
            gateway=GATEWAY,
            username=checked.subject[:150],
            person=person,
            impersonator=acting.username if is_other else "",
            action=DataAction.READ,
            outcome=AccessOutcome.REFUSED,
            policy_version=checked.policy_epoch,
            purpose=statement.purpose,
            environment=asking.origin.environment,
            datasets=judged.datasets,
            code=refusing[0].code.value,
            rules=tuple(dict.fromkeys(one.brake for one in refusing)),
            query_id=asking.query_id,
            request_id=str(acting.request_id),
            sql=statement.sql,
            note=refusing[0].sentence[:500],
        )
    )

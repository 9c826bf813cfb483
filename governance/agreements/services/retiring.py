"""The end of what is deprecated: its uses are counted every week, and at its last day it retires by
itself where none is left (3.7). Where some are left the meeting looks at it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import structlog

from catalog.services.transaction import writing
from governance.agreements.models import Agreement, AgreementVersion, UseCount
from governance.agreements.selectors.uses import ending, last_counts, uses_of
from governance.agreements.services.adoption import lock_adoption, write_versions
from governance.council.services.chain import append_decision
from governance.proposals.models import Proposal
from governance.proposals.services.deciding import tally_of
from governance.proposals.services.preparing import prepare
from governance.proposals.services.steps import SYSTEM, take, touch
from governance.types import ChangeOp, ChangeSpec, Outcome, ProposalState, Scope

log = structlog.get_logger(__name__)

WEEK = dt.timedelta(days=7)
MOST_NAMED = 50  # uses that a count names


def end_deprecated(*, now: dt.datetime) -> int:
    """Count what is due, and retire what nothing uses at its last day; returns how many retired.

    Running it again at once changes nothing.
    """
    unused: dict[int, list[int]] = defaultdict(list)
    for agreement, counted_at in last_counts():
        due = next_count(agreement, counted_at)
        if due is not None and due > now:
            continue
        try:
            left = _count(agreement, now)
        except Exception:
            log.exception("counting_uses_failed", agreement=agreement.key)
            continue
        if left == 0 and last_day(agreement) <= now:
            version = agreement.versions.select_related("decision").get(valid_to__isnull=True)
            unused[version.decision.proposal_id].append(agreement.pk)
    retired = 0
    for proposal_id, agreements in sorted(unused.items()):
        try:
            retired += _retire(proposal_id, agreements, now)
        except Exception:
            log.exception("retiring_failed", proposal=proposal_id)
    return retired


def last_day(agreement: Agreement) -> dt.datetime:
    """When an agreement goes: the first instant of its day of sunset, in UTC."""
    day = agreement.sunset_on or dt.date.max
    return dt.datetime.combine(day, dt.time.min, tzinfo=dt.UTC)


def next_count(agreement: Agreement, counted_at: dt.datetime | None) -> dt.datetime | None:
    """When its uses are counted next: a week after they were counted, and at its last day; None
    for at once, as they never were."""
    if counted_at is None:
        return None
    end = last_day(agreement)
    return end if counted_at < end <= counted_at + WEEK else counted_at + WEEK


def _count(agreement: Agreement, at: dt.datetime) -> int | None:
    """The uses that are left; None where it is not time to count again."""
    with writing(SYSTEM, reason="Weekly count of uses"):
        locked = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
        newest = locked.use_counts.order_by("-counted_at").first()
        due = next_count(locked, newest.counted_at if newest else None)
        version = locked.versions.filter(valid_to__isnull=True).exclude(op=ChangeOp.RETIRE).first()
        if version is None or (due is not None and due > at):
            return None
        found = uses_of(version, acting=SYSTEM, at=at)
        UseCount.objects.create(
            agreement=locked,
            counted_at=at,
            number=len(found),
            content=[use._asdict() for use in found[:MOST_NAMED]],
        )
    return len(found)


def _holding(agreement: Agreement) -> AgreementVersion:
    return agreement.versions.select_related("agreement").get(valid_to__isnull=True)


def _retire(proposal_id: int, agreement_ids: list[int], at: dt.datetime) -> int:
    """Retire what one proposal deprecated and nothing uses, under one decision of the chain."""
    with writing(SYSTEM, reason="Nothing used it at its last day"):
        lock_adoption()
        proposal = take(Proposal.objects.values_list("key", flat=True).get(pk=proposal_id))
        locked = ending().select_for_update(of=("self",)).filter(pk__in=agreement_ids)
        # An adoption since the count may have kept it, or taken it into use again.
        agreements = {
            agreement.key: agreement
            for agreement in locked.order_by("key")
            if last_day(agreement) <= at and not uses_of(_holding(agreement), acting=SYSTEM, at=at)
        }
        if not agreements:
            return 0
        titles = list(
            AgreementVersion.objects.filter(
                agreement__in=agreements.values(), valid_to__isnull=True
            ).values_list("title", flat=True)
        )
        decision = append_decision(
            acting=SYSTEM,
            proposal=proposal,
            outcome=Outcome.RETIRED,
            state_after=ProposalState(proposal.state),
            sentence=f"{', '.join(sorted(titles))}: retired at the last day.",
            rule="Deprecation: at sunset no use was left, so it retires by itself.",
            at=at,
            tally={**tally_of(proposal, at), "uses": 0},
            effective_at=at,
        )
        written = write_versions(
            prepare(
                [
                    ChangeSpec(ChangeOp.RETIRE, agreement.kind, key)
                    for key, agreement in sorted(agreements.items())
                ]
            ),
            agreements,
            decision,
            bindings={},
            scope=Scope(proposal.scope or Scope.LOCAL),
            author_id=None,
            effective_at=at,
            recorded_at=at,
        )
        detail = " ".join([f"By {decision.key}.", *written.told])
        touch(proposal, "retired", acting=SYSTEM, at=at, detail=detail)
    return len(agreements)

"""A person's own messages, preferences and what they follow."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from catalog.models import Column
from catalog.registries.waiting import BarCount
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import sees_everything
from catalog.types import Principal
from governance import clock
from governance.council.selectors.seats import open_seats
from governance.models import (
    Concern,
    Membership,
    Notification,
    NotificationPreference,
    Position,
    Proposal,
    Watch,
)
from governance.notifications.kinds import ESCALATION, MUST_SIGN
from governance.types import ConcernState, ProposalState

_ASKING = (ProposalState.DISCUSSION, ProposalState.FINAL_CALL)
_SIGNATURES = (MUST_SIGN.key, ESCALATION.key)
MOST_UNREAD = 1_000
_WAITS, _UNREAD = Value(True), Value(False)


def inbox(principal: Principal, *, unread: bool = False) -> QuerySet[Notification]:
    """The principal's messages, newest first; nobody reads another's. What they speak of may be
    hidden by now: then they are not there, as nothing else of it is."""
    if not principal.is_active or principal.person_id is None:
        return Notification.objects.none()
    found = Notification.objects.filter(person_id=principal.person_id)
    if not sees_everything(principal):
        found = found.filter(_about_what_is_seen(principal))
    return found.filter(read_at__isnull=True) if unread else found


def _about_what_is_seen(principal: Principal) -> Case:
    """The condition on messages that the dataset they are about may be seen; a key is a number
    only where it is one of a dataset or a column."""
    key = Cast(OuterRef("subject_key"), BigIntegerField())
    seen = visible_datasets(principal).order_by()
    columns = Column.objects.filter(pk=key, dataset__in=seen).order_by()
    is_number = Q(subject_key__regex=r"^[0-9]{1,18}$")
    return Case(
        When(is_number, subject_type="dataset", then=Exists(seen.filter(pk=key))),
        When(is_number, subject_type="column", then=Exists(columns)),
        default=Value(True),
    )


def unread_count(principal: Principal) -> int:
    """How many messages the principal has not read."""
    return inbox(principal, unread=True).count()


def bar_count(principal: Principal) -> BarCount:
    """How many things of the council wait for the principal, and how many messages they have not
    read, of which it counts `MOST_UNREAD` at most. What waits are signatures that they have not
    given, what is theirs to do for their own proposals, what they take up, rule on or bring to a
    vote as chair or secretary, and emergencies to confirm. One query, for every page's bar; the
    home page lists them by `waiting_for`."""
    person = principal.person_id or 0
    answered = Position.objects.filter(person=person, revision=OuterRef("current"))
    asking = Proposal.objects.filter(state__in=_ASKING).exclude(Exists(answered))
    signatures = (
        inbox(principal)
        .filter(kind__in=_SIGNATURES, subject_key__in=asking.values("key"))
        .order_by()
        .values_list("subject_key", _WAITS)
        .distinct()
    )
    own = Proposal.objects.filter(champion=person).order_by()
    concerns = Concern.objects.filter(
        state=ConcernState.OPEN,
        proposal__in=own.filter(state__in=(*_ASKING, ProposalState.COUNCIL_VOTE)),
    )
    at = clock.now()
    runs = Membership.objects.filter(
        Q(seat__is_chair=True) | Q(seat__is_secretary=True),
        Q(until__isnull=True) | Q(until__gt=at),
        person=person,
        since__lte=at,
        seat__committee__isnull=True,
    )
    brought = Proposal.objects.filter(Exists(runs)).order_by()
    blocks = Concern.objects.filter(
        Exists(runs.filter(seat__is_chair=True)),
        is_blocking=True,
        ruling="",
        state__in=(ConcernState.OPEN, ConcernState.ADDRESSED),
        proposal__state__in=(ProposalState.TRIAGE, *_ASKING, ProposalState.COUNCIL_VOTE),
    ).exclude(raiser=person)
    guarding = open_seats(at).filter(veto_classes__overlap=["security", "legal"])
    guards = Membership.objects.filter(person=person, since__lte=at, seat__in=guarding).exclude(
        until__lte=at
    )
    emergencies = (
        Proposal.objects.filter(state=ProposalState.ACTIVE, is_emergency=True)
        .exclude(follow_ups__is_reversal=False)
        .exclude(Q(author=person) | Q(champion=person))
    )
    if not principal.is_administrator:
        emergencies = emergencies.filter(Exists(guards))
    unread = inbox(principal, unread=True).order_by().values_list("subject_key", _UNREAD)
    rows = signatures.union(
        own.filter(state=ProposalState.CONFLICTED).values_list("key", _WAITS),
        concerns.order_by().values_list("proposal__key", _WAITS),
        brought.filter(
            Q(state=ProposalState.COUNCIL_VOTE)
            | Q(state=ProposalState.TRIAGE, klass__in=["S", "M"])
        ).values_list("key", _WAITS),
        blocks.order_by().values_list("proposal__key", _WAITS),
        emergencies.order_by().values_list("key", _WAITS),
        unread[:MOST_UNREAD],
        all=True,
    )
    waiting = sum(waits for _, waits in rows)
    return BarCount(waiting, len(rows) - waiting)


def preferences(principal: Principal) -> NotificationPreference:
    """The principal's preferences; what holds by default where they have set none."""
    person = principal.person_id or 0
    found = NotificationPreference.objects.filter(person_id=person).first()
    return found or NotificationPreference(person_id=person)


def watched(principal: Principal) -> QuerySet[Watch]:
    """What the principal follows beside datasets."""
    return Watch.objects.filter(person_id=principal.person_id or 0)


def is_watching(principal: Principal, subject_type: str, subject_key: str) -> bool:
    """Whether the principal follows it."""
    return watched(principal).filter(subject_type=subject_type, subject_key=subject_key).exists()

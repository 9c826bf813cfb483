"""Who is told of opt-outs and exceptions: at once when glass is broken, ahead of every end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse

from catalog.dates import exact_day
from catalog.models import TeamMembership
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.addresses import agreement_address
from governance.models import OptOutException
from governance.notifications.kinds import BREAK_GLASS, ENDING
from governance.notifications.services.messages import Message, write_messages
from governance.permissions.engine import Rule
from governance.permissions.selectors.exceptions import (
    chair_ids,
    holders_of,
    review_state,
    unreviewed,
)
from governance.permissions.selectors.reviews import reviewers_of
from governance.permissions.selectors.rules import rules_in_force
from governance.permissions.types import ExceptionState, ReviewState

AHEAD_DAYS = (1, 7, 30)
SYSTEM = Principal.system("governance")


def tell_of_ends(*, now: dt.datetime | None = None) -> int:
    """Tell owners and those excepted what ends or comes to review within 30, 7 and 1 days, and
    owners what was done with broken glass that is over, once for each; returns how many messages
    are new. What lasts no longer than such a time is not told of that early."""
    at = now or clock.now()
    with writing(SYSTEM, reason="What ends soon"):
        return write_messages([*_exceptions(at), *_opt_outs(at), *_broken(at)])


def _exceptions(at: dt.datetime) -> Iterator[Message]:
    ending = OptOutException.objects.filter(
        state=ExceptionState.APPROVED,
        ends_at__gt=at,
        ends_at__lte=at + dt.timedelta(days=max(AHEAD_DAYS)),
    ).select_related("agreement")
    told = [
        (row, days)
        for row in ending
        if (days := _ahead(row.begins_at, row.ends_at, at)) is not None
    ]
    owners = {rule.key: rule.owner for rule in rules_in_force(at)}
    holders = holders_of({owners.get(row.agreement.key, "") for row, _ in told}, at)
    members: dict[int | None, set[int]] = {}
    teams = TeamMembership.objects.filter(team__in={row.team_id for row, _ in told if row.team_id})
    for team, person in teams.values_list("team_id", "person_id"):
        members.setdefault(team, set()).add(person)
    for row, days in told:
        people = {*holders[owners.get(row.agreement.key, "")], *members.get(row.team_id, ())}
        if row.person_id is not None:
            people.add(row.person_id)
        for person in sorted(people):
            yield Message(
                person_id=person,
                kind=ENDING,
                title=f"An exception from {row.agreement.title} ends on {exact_day(row.ends_at)}",
                url=agreement_address(row.agreement.key),
                dedupe=f"exception:{row.pk}:{days}",
                subject_type="agreement",
                subject_key=row.agreement.key,
            )


def _opt_outs(at: dt.datetime) -> Iterator[Message]:
    told = [(rule, said) for rule in rules_in_force(at) for said in _days_of(rule, at)]
    holders = holders_of({rule.owner for rule, _ in told}, at)
    for rule, (days, dedupe, what) in told:
        for person in holders[rule.owner]:
            yield Message(
                person_id=person,
                kind=ENDING,
                title=f"{rule.number} {what}: {rule.title}",
                url=agreement_address(rule.key),
                dedupe=f"{rule.key}:{dedupe}:{days}",
                subject_type="agreement",
                subject_key=rule.key,
            )


def _broken(at: dt.datetime) -> Iterator[Message]:
    """Whoever reviews broken glass is asked to once it is over, and once more when that is overdue;
    then whoever chairs the council is told, too."""
    waiting = list(
        OptOutException.objects.filter(unreviewed(at)).select_related("agreement", "person")
    )
    reviewers_by_row = reviewers_of(waiting, at)
    chairs = chair_ids(at) if waiting else ()
    for row in waiting:
        name = row.person.username if row.person else ""
        title = f"what {name} did while the glass of {row.agreement.title} was broken"
        reviewers = reviewers_by_row[row.pk]
        is_late = review_state(row, at) is ReviewState.OVERDUE
        for person in sorted(reviewers.union(chairs) if is_late else reviewers):
            place = "review" if person in reviewers else "exception"
            yield Message(
                person_id=person,
                kind=BREAK_GLASS,
                title=f"Overdue: review {title}" if is_late else f"Review {title}",
                body=f"{row.reason} From {exact_day(row.begins_at)}, {row.begins_at:%H:%M} to"
                f" {row.ends_at:%H:%M} UTC; the log of access decisions says what was asked for"
                " meanwhile.",
                url=f"{reverse('governance:exceptions')}#{place}-{row.pk}",
                dedupe=f"exception:{row.pk}:{'review_overdue' if is_late else 'review'}",
                subject_type="agreement",
                subject_key=row.agreement.key,
            )


def _days_of(rule: Rule, at: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """What of an opt-out its owner is told today: how far ahead, of which day, in which words.
    Its end, and a review that comes before (R-081); a review that is over is told of once."""
    begins = dt.datetime.fromtimestamp(rule.when.begins, dt.UTC)
    if rule.until is not None:
        days = _ahead(begins, _midnight(rule.until), at)
        if days is not None:
            yield days, rule.until.isoformat(), f"ends on {exact_day(rule.until)}"
    review = rule.review_by
    if review is None or (rule.until is not None and rule.until <= review):
        return
    days = _ahead(begins, _midnight(review), at)
    if days is not None:
        yield days, f"review:{review.isoformat()}", f"comes to review on {exact_day(review)}"
    elif review < at.date():
        yield 0, f"review:{review.isoformat()}", "is overdue for review and keeps denying"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _ahead(begins: dt.datetime, ends: dt.datetime, at: dt.datetime) -> int | None:
    """The shortest of the times ahead that is due, None where none is."""
    left = ends - at
    return next(
        (
            days
            for days in AHEAD_DAYS
            if dt.timedelta() < left <= dt.timedelta(days=days) < ends - begins
        ),
        None,
    )

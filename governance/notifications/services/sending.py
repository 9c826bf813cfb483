"""Sending what was written: asks for an act at once, everything else in the daily digest.

Every message stays in the product whatever happens to the mail. A job that stops between sending
and remembering sends that again; one that runs twice, or beside another, sends nothing twice.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.addresses import outside
from governance.clock import now
from governance.models import Notification, NotificationPreference
from governance.notifications.kinds import BY_KEY
from governance.notifications.posting import post
from governance.notifications.quiet import digest_is_due, is_quiet, quiet_ends, zone_of
from governance.notifications.selectors.inbox import inbox
from governance.notifications.services.preferences import unsubscribe_token

log = structlog.get_logger(__name__)

# Eight attempts over about two days.
DELAYS = tuple(
    dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60)
)
MOST_ATTEMPTS = len(DELAYS) + 1
LEASE = dt.timedelta(minutes=5)  # longer than a mail and a post take
RUN_SECONDS = 60  # after which a run leaves the rest to the next one
MOST_AT_ONCE = 500
MOST_IN_DIGEST = 50


def send_scheduled() -> int:
    """What the schedule does: send what is due; returns how many messages left.

    People of a demonstration are invented, and so are their addresses, which may be somebody
    else's: there messages stay in the product.
    """
    return 0 if settings.STORY_CLOCK else send_due()


def send_due(*, instant: dt.datetime | None = None) -> int:
    """Send what is due at `instant`; returns how many messages left by every way wanted.

    Whatever goes wrong with one person's messages is theirs alone: it counts as an attempt.
    """
    ends = time.monotonic() + RUN_SECONDS
    return _send_immediate(instant, ends) + _send_digests(instant, ends)


def _send_immediate(instant: dt.datetime | None, ends: float) -> int:
    at, sent = instant or now(), 0
    due = _waiting(is_immediate=True).filter(_is_due(at))
    first = due.order_by(F("next_attempt_at").asc(nulls_first=True), "created_at")
    for pk in list(first.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        if time.monotonic() > ends:
            break
        try:
            claimed = _claim_immediate(pk, instant or now())
            sent += _deliver(claimed, instant or now()) if claimed else 0
        except Exception:  # the next one's message does not wait for this
            log.exception("notification_not_sent", notifications=[pk])
            _put_off(Notification.objects.filter(pk=pk), instant or now())
    return sent


def _claim_immediate(pk: int, at: dt.datetime) -> list[Notification]:
    """The message, made nobody else's for a while; none where its person rests."""
    with transaction.atomic():
        row = (
            _waiting(is_immediate=True)
            .filter(_is_due(at), pk=pk)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("person")
            .first()
        )
        if row is None:
            return []
        preference = _preference(row.person_id)
        zone = zone_of(preference.time_zone)
        if is_quiet(at, zone, preference.quiet_from, preference.quiet_to):
            # Put behind those who may be disturbed, so that it takes none of their places.
            row.next_attempt_at = quiet_ends(at, zone, preference.quiet_to or dt.time())
            row.save(update_fields=["next_attempt_at"])
            return []
        return _claim([row], at)


def _send_digests(instant: dt.datetime | None, ends: float) -> int:
    at, sent = instant or now(), 0
    people = set(_hearing_digests(at).values_list("person_id", flat=True))
    preferences = {
        row.person_id: row for row in NotificationPreference.objects.filter(person__in=people)
    }
    for person_id in sorted(people):
        preference = preferences.get(person_id) or NotificationPreference(person_id=person_id)
        if not _has_digest_due(preference, at):
            continue
        if time.monotonic() > ends:
            break
        try:
            rows = _claim_digest(person_id, instant or now())
            sent += _deliver(rows, instant or now()) if rows else 0
        except Exception:  # the next one's digest does not wait for this
            log.exception("digest_not_sent", person=person_id)
            own = _waiting(is_immediate=False).filter(person_id=person_id)
            _put_off(own, instant or now())
    return sent


def _claim_digest(person_id: int, at: dt.datetime) -> list[Notification]:
    """A digest's messages; none where another process has this person, or sent it by now."""
    with transaction.atomic():
        person = Person.objects.select_for_update(skip_locked=True, no_key=True)
        if person.filter(pk=person_id).first() is None:
            return []
        if not _has_digest_due(_preference(person_id), at):
            return []
        rows = _hearing_digests(at).filter(person_id=person_id).select_related("person")
        return _claim(rows.order_by("kind", "created_at")[:MOST_IN_DIGEST], at)


def _waiting(*, is_immediate: bool) -> QuerySet[Notification]:
    return Notification.objects.filter(is_immediate=is_immediate, settled_at__isnull=True)


def _is_due(at: dt.datetime) -> Q:
    return Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at)


def _hearing_digests(at: dt.datetime) -> QuerySet[Notification]:
    """What waits for a digest of people of whom nothing is under way or to be tried again later:
    what came since must not leave in a second one."""
    waiting = _waiting(is_immediate=False)
    resting = waiting.filter(next_attempt_at__gt=at).order_by().values("person_id")
    return waiting.exclude(person_id__in=resting)


def _has_digest_due(preference: NotificationPreference, at: dt.datetime) -> bool:
    zone = zone_of(preference.time_zone)
    return digest_is_due(at, zone, preference.digest_hour, preference.digested_at)


def _claim(rows: Iterable[Notification], at: dt.datetime) -> list[Notification]:
    """Count the attempt before it is made, so that one whose process dies ends as well."""
    claimed = []
    for row in rows:
        if row.attempts >= MOST_ATTEMPTS:
            row.settled_at = at
        else:
            row.attempts += 1
            row.next_attempt_at = at + LEASE
            claimed.append(row)
        row.save(update_fields=["attempts", "next_attempt_at", "settled_at"])
    return claimed


def _put_off(rows: QuerySet[Notification], at: dt.datetime) -> None:
    rows.update(attempts=F("attempts") + 1, next_attempt_at=at + DELAYS[0])


def _deliver(rows: Sequence[Notification], at: dt.datetime) -> int:
    """Mail and chat as the person prefers, each once; what failed is tried again later.

    No transaction is open while a mail server or a chat takes its time.
    """
    rows = _still_theirs(rows, at)
    if not rows:
        return 0
    person, preference = rows[0].person, _preference(rows[0].person_id)
    faults = []
    if preference.mail and person.email:
        faults.append(_send_by("mailed_at", _mail, rows, at))
    if preference.chat_url:
        post_there = partial(_chat, url=preference.chat_url)
        faults.append(_send_by("chat_at", post_there, rows, at))
    error = "; ".join(fault for fault in faults if fault)
    for row in rows:
        values: dict[str, Any] = {"last_error": error, "next_attempt_at": None}
        if not error or row.attempts >= MOST_ATTEMPTS:
            values["settled_at"] = at
        else:
            values["next_attempt_at"] = at + DELAYS[row.attempts - 1]
        Notification.objects.filter(pk=row.pk).update(**values)
    has_left = not error or any(row.mailed_at == at for row in rows)
    if has_left and not rows[0].is_immediate:
        NotificationPreference.objects.update_or_create(
            person_id=person.pk, defaults={"digested_at": at}
        )
    return 0 if error else len(rows)


def _still_theirs(rows: Sequence[Notification], at: dt.datetime) -> list[Notification]:
    """Those that their person may still read: who left since gets nothing, nor does anybody a name
    that was hidden from them since. What is kept back is settled, and stays in the product."""
    mine = inbox(principal_of(rows[0].person)).filter(pk__in=[row.pk for row in rows])
    kept = set(mine.values_list("pk", flat=True))
    gone = [row.pk for row in rows if row.pk not in kept]
    if gone:
        Notification.objects.filter(pk__in=gone).update(settled_at=at, next_attempt_at=None)
    return [row for row in rows if row.pk in kept]


def _send_by(
    field: str,
    send: Callable[[Sequence[Notification]], None],
    rows: Sequence[Notification],
    at: dt.datetime,
) -> str:
    """Send what did not leave by this way yet, and remember it at once; what was wrong."""
    own = [row for row in rows if getattr(row, field) is None]
    if not own:
        return ""
    pks = [row.pk for row in own]
    try:
        send(own)
    except Exception as error:  # noqa: BLE001 - an address, a server, a library: it is this way's fault
        log.warning(
            "notification_not_sent", notifications=pks, way=field, reason=type(error).__name__
        )
        return f"{type(error).__name__}: {error}".replace("\0", "")[:500]
    Notification.objects.filter(pk__in=pks).update(**{field: at})
    for row in own:
        setattr(row, field, at)
    return ""


def _mail(rows: Sequence[Notification]) -> None:
    person, count = rows[0].person, len(rows)
    subject = rows[0].title if count == 1 else f"{count} things since your last digest"
    lines = [f"{person},", ""]
    for row in rows:
        lines += [row.title, *([row.body] if row.body else []), outside(row.url), ""]
    kinds = sorted({row.kind for row in rows})
    lines.append("To stop hearing of")
    for kind in kinds:
        lines.append(f"- {BY_KEY[kind].label.lower()}: {_unsubscribe_url(person.pk, kind)}")
    mail = EmailMessage(
        subject=" ".join(subject.split())[:200], body="\n".join(lines), to=[person.email]
    )
    if len(kinds) == 1:  # one click in the mail client itself (RFC 8058)
        mail.extra_headers = {
            "List-Unsubscribe": f"<{_unsubscribe_url(person.pk, kinds[0])}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail.send()


def _chat(rows: Sequence[Notification], *, url: str) -> None:
    """A Slack-compatible incoming webhook: one text with links."""
    text = "\n".join(f"<{outside(row.url)}|{_chat_text(row.title)}>" for row in rows)
    answer = post(url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
    if not answer.is_accepted:
        raise OSError(f"The chat answered {answer.status}.")


def _chat_text(text: str) -> str:
    """Slack's three control characters, escaped, and none that ends a link early."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("|", "/")


def _preference(person_id: int) -> NotificationPreference:
    found = NotificationPreference.objects.filter(person_id=person_id).first()
    return found or NotificationPreference(person_id=person_id)


def _unsubscribe_url(person_id: int, kind: str) -> str:
    token = unsubscribe_token(person_id, kind)
    return outside(reverse("governance:unsubscribe", args=[token]))

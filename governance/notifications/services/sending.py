"""Sending what was written: asks for an act at once, everything else in the daily digest.

Every message stays in the product whatever happens to the mail. A job that stops between sending
and remembering sends again at most once; one that runs twice sends nothing twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from governance.addresses import outside
from governance.clock import now
from governance.models import Notification, NotificationPreference
from governance.notifications.kinds import BY_KEY
from governance.notifications.posting import PostRefused, post
from governance.notifications.quiet import digest_is_due, is_quiet, zone_of
from governance.notifications.services.preferences import unsubscribe_token

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 8
MOST_IN_DIGEST = 50


def send_scheduled() -> int:
    """What the schedule does: send what is due; returns how many messages left.

    People of a demonstration are invented, and so are their addresses, which may be somebody
    else's: there messages stay in the product.
    """
    return 0 if settings.STORY_CLOCK else send_due()


def send_due(*, instant: dt.datetime | None = None) -> int:
    """Send what is due at `instant`; returns how many messages left."""
    at = instant or now()
    return _send_immediate(at) + _send_digests(at)


def _send_immediate(at: dt.datetime) -> int:
    sent = 0
    waiting = Notification.objects.filter(
        is_immediate=True, mailed_at__isnull=True, attempts__lt=MOST_ATTEMPTS
    )
    for pk in list(waiting.order_by("created_at").values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            row = (
                Notification.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("person")
                .filter(pk=pk, mailed_at__isnull=True)
                .first()
            )
            if row is None:
                continue
            preference = _preference(row.person_id)
            zone = zone_of(preference.time_zone)
            if is_quiet(at, zone, preference.quiet_from, preference.quiet_to):
                continue
            sent += _deliver([row], preference, at, subject=row.title)
    return sent


def _send_digests(at: dt.datetime) -> int:
    sent = 0
    people = (
        Notification.objects.filter(
            is_immediate=False, mailed_at__isnull=True, attempts__lt=MOST_ATTEMPTS
        )
        .order_by()
        .values_list("person_id", flat=True)
        .distinct()
    )
    for person_id in list(people):
        with transaction.atomic():
            preference = _preference(person_id)
            zone = zone_of(preference.time_zone)
            if not digest_is_due(at, zone, preference.digest_hour, preference.digested_at):
                continue
            rows = list(
                Notification.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("person")
                .filter(person_id=person_id, is_immediate=False, mailed_at__isnull=True)
                .order_by("kind", "created_at")[:MOST_IN_DIGEST]
            )
            if not rows:
                continue
            count = len(rows)
            subject = rows[0].title if count == 1 else f"{count} things since your last digest"
            delivered = _deliver(rows, preference, at, subject=subject)
            if delivered:
                NotificationPreference.objects.update_or_create(
                    person_id=person_id, defaults={"digested_at": at}
                )
            sent += delivered
    return sent


def _deliver(
    rows: Sequence[Notification],
    preference: NotificationPreference,
    at: dt.datetime,
    *,
    subject: str,
) -> int:
    """Mail and chat as the person prefers; a failure is remembered and tried again later."""
    pks = [row.pk for row in rows]
    chosen = Notification.objects.filter(pk__in=pks)
    try:
        if preference.mail and rows[0].person.email:
            _mail(rows, subject)
        if preference.chat_url:
            _chat(rows, preference.chat_url)
    except (OSError, SMTPException, PostRefused) as error:
        reason = f"{type(error).__name__}: {error}"[:500]
        chosen.update(attempts=F("attempts") + 1, last_error=reason)
        log.warning("notification_not_sent", notifications=pks, reason=type(error).__name__)
        return 0
    chosen.update(mailed_at=at, last_error="")
    return len(pks)


def _mail(rows: Sequence[Notification], subject: str) -> None:
    person = rows[0].person
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


def _chat(rows: Sequence[Notification], url: str) -> None:
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

"""Webhooks: tools hear of events by signed posts, at least once, in order, with replay.

Bodies are CloudEvents 1.0 in structured mode, signed as Standard Webhooks say: `webhook-id`,
`webhook-timestamp`, `webhook-signature: v1,<base64 of HMAC-SHA256>`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import EVENT_TYPES as CATALOG_EVENTS
from catalog.models import Event
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.clock import now
from governance.events import EVENT_TYPES
from governance.models import Webhook, WebhookDelivery
from governance.notifications.posting import Answer, PostRefused, checked_target, post

log = structlog.get_logger(__name__)

# Eight attempts over about a day: after 5 s, 30 s, 5 min, 30 min, 2 h, 6 h and 16 h.
DELAYS = tuple(
    dt.timedelta(seconds=seconds) for seconds in (5, 30, 300, 1_800, 7_200, 21_600, 57_600)
)
MOST_ATTEMPTS = len(DELAYS) + 1
ROTATION = dt.timedelta(days=1)
MOST_REPLAYED = 10_000
LEASE = dt.timedelta(seconds=60)  # longer than any post takes
RUN_SECONDS = 60  # after which a run leaves the rest to the next one
KEPT = dt.timedelta(days=90)  # how long a delivery can be seen and replayed after it ended
TRIAL = "governance.webhook.trial"  # the type of an event that tells of nothing


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial: the receiver's status, None where nobody answered, and what was wrong
    with it; empty where it was taken."""

    message_id: str
    status: int | None
    error: str

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and not self.error


def secret_of(webhook: Webhook, generation: int | None = None) -> str:
    """The signing secret, as Standard Webhooks write it: `whsec_` and base64 of 32 bytes.

    It is derived from the service's own key, so that it lies nowhere and a leaked database signs
    nothing; another SECRET_KEY makes other secrets.
    """
    which = webhook.generation if generation is None else generation
    message = f"concord webhook {webhook.pk} {which}".encode()
    key = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(key).decode()


def add_webhook(
    *, acting: Principal, name: str, url: str, event_types: Sequence[str] = ()
) -> Webhook:
    """Register a tool; empty `event_types` means every event of governance and the catalog.

    Raises InvalidInput for a name that is taken and an address that must not be posted to.
    """
    require(acting, Action.ADMINISTER)
    stated = {
        "name": _free_name(name),
        "url": _checked_address(url),
        "event_types": _checked_types(event_types),
    }
    with writing(acting):
        return Webhook.objects.create(**stated, owner_id=person_id_of(acting), created_at=now())


def change_webhook(
    *,
    acting: Principal,
    webhook_id: int,
    name: str | None = None,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
) -> Webhook:
    """Change what is given and leave the rest; what waits goes to the new address.

    Raises as `add_webhook` does. The secret stays: rotate it where the receiver is another one.
    """
    require(acting, Action.ADMINISTER)
    address = None if url is None else _checked_address(url)
    with writing(acting):
        webhook = _locked(webhook_id)
        if name is not None:
            webhook.name = _free_name(name, webhook.pk)
        if address is not None:
            webhook.url = address
        if event_types is not None:
            webhook.event_types = _checked_types(event_types)
        webhook.save(update_fields=["name", "url", "event_types"])
    return webhook


def try_webhook(*, acting: Principal, webhook_id: int) -> Trial:
    """Post one signed event that tells of nothing, at once and even while it is paused.

    Nothing is kept of it and nothing is tried again; it takes up to ten seconds.
    """
    require(acting, Action.ADMINISTER)
    webhook = Webhook.objects.filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound("There is no such webhook.")
    at, message_id = now(), f"trial_{webhook.pk}_{uuid.uuid4().hex}"
    document = {
        **_envelope(message_id, TRIAL, webhook.name, at),
        "data": {"actor": acting.display_name, "request_id": str(acting.request_id)},
    }
    try:
        answer = _send(webhook, message_id, _written(document), at)
    except (OSError, PostRefused) as error:
        return Trial(message_id, None, str(error)[:500])
    return Trial(message_id, answer.status, _complaint(answer))


def rotate_secret(*, acting: Principal, webhook_id: int) -> Webhook:
    """Sign with a new secret; for a day the former one signs as well, so that no post is lost."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        webhook = _locked(webhook_id)
        webhook.generation += 1
        webhook.former_until = now() + ROTATION
        webhook.save(update_fields=["generation", "former_until"])
    return webhook


def set_active(*, acting: Principal, webhook_id: int, is_active: bool) -> Webhook:
    """Pause a webhook, or let it go on: what waits is sent then, what happens meanwhile never."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        webhook = _locked(webhook_id)
        webhook.is_active = is_active
        webhook.disabled_reason = "" if is_active else f"Paused by {acting.display_name}."
        webhook.save(update_fields=["is_active", "disabled_reason"])
    return webhook


def remove_webhook(*, acting: Principal, webhook_id: int) -> None:
    """Forget a webhook with its deliveries."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        _locked(webhook_id).delete()


def replay(*, acting: Principal, webhook_id: int, from_position: int) -> int:
    """Send everything again from a position on; returns how many deliveries wait now.

    A receiver that keeps `webhook-id` recognizes what it has had already.
    """
    require(acting, Action.ADMINISTER)
    if from_position < 1:
        raise InvalidInput("Positions start at 1.", field="from_position")
    with writing(acting):
        webhook = _locked(webhook_id)
        chosen = webhook.deliveries.filter(position__gte=from_position)
        if chosen.count() > MOST_REPLAYED:
            raise Conflict(f"At most {MOST_REPLAYED:,} events are replayed at once; start later.")
        return chosen.update(
            attempts=0, next_attempt_at=now(), delivered_at=None, failed_at=None, last_error=""
        )


def queue_deliveries(events: Sequence[Event]) -> None:
    """Give every active webhook the events it asked for, once; called by the consumer."""
    instant = now()
    for webhook in Webhook.objects.select_for_update().filter(is_active=True):
        known = set(
            webhook.deliveries.filter(event__in=[event.pk for event in events]).values_list(
                "event_id", flat=True
            )
        )
        wanted = [
            event
            for event in events
            if event.pk not in known
            and (not webhook.event_types or event.type in webhook.event_types)
        ]
        if not wanted:
            continue
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                webhook=webhook,
                position=webhook.next_position + offset,
                event=event,
                body=_cloud_event(event, webhook.next_position + offset),
                next_attempt_at=instant,
            )
            for offset, event in enumerate(wanted, start=1)
        )
        Webhook.objects.filter(pk=webhook.pk).update(next_position=F("next_position") + len(wanted))


def deliver_due(*, instant: dt.datetime | None = None, most: int = 200) -> int:
    """Post what is due, `most` to each webhook; returns how many were taken.

    One webhook's failure delays only itself: they take turns, and none waits for a dead one.
    """
    started, taken = time.monotonic(), 0
    due = WebhookDelivery.objects.filter(
        next_attempt_at__lte=instant or now(), delivered_at__isnull=True, webhook__is_active=True
    )
    turns = sorted(set(due.order_by().values_list("webhook_id", flat=True)))
    for _ in range(most):
        going_on = []
        for webhook_id in turns:
            if time.monotonic() - started > RUN_SECONDS:
                return taken
            if _attempt(webhook_id, instant):
                going_on.append(webhook_id)
        taken += len(going_on)
        turns = going_on  # order is kept: behind what was not taken the later ones wait
    return taken


def forget_delivered(*, instant: dt.datetime | None = None) -> int:
    """Delete deliveries that ended long ago, taken or given up; returns how many."""
    before = (instant or now()) - KEPT
    ended = Q(delivered_at__lt=before) | Q(failed_at__lt=before)
    gone, _ = WebhookDelivery.objects.filter(ended, next_attempt_at__isnull=True).delete()
    return gone


def signatures(
    webhook: Webhook, message_id: str, timestamp: int, body: bytes, at: dt.datetime
) -> str:
    """The `webhook-signature` header: one signature, two during a rotation."""
    generations = [webhook.generation]
    if webhook.former_until and webhook.former_until > at and webhook.generation > 1:
        generations.append(webhook.generation - 1)
    signed = f"{message_id}.{timestamp}.".encode() + body
    found = []
    for generation in generations:
        key = base64.b64decode(secret_of(webhook, generation).removeprefix("whsec_"))
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        found.append("v1," + base64.b64encode(digest).decode())
    return " ".join(found)


def _attempt(webhook_id: int, instant: dt.datetime | None) -> bool:
    """Post what is next for a webhook; whether it was taken, so that more may follow.

    No transaction is open while the receiver takes its time.
    """
    try:
        row = _claim(webhook_id, instant or now())
        if row is None:
            return False
        answer, error = _answer(row, instant or now())
        return _keep_outcome(row, answer, error, instant or now())
    except Exception:  # one webhook's trouble, whatever it is, is not that of the others
        log.exception("webhook_attempt_failed", webhook=webhook_id)
        return False


def _claim(webhook_id: int, at: dt.datetime) -> WebhookDelivery | None:
    """The first delivery that has not ended, where it is due, made nobody else's for a while.

    The webhook's lock lets one process claim at a time; what is claimed is due again, for all,
    when the lease ends, so that a process that died costs an attempt and no more.
    """
    with transaction.atomic():
        webhook = (
            Webhook.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=webhook_id, is_active=True)
            .first()
        )
        if webhook is None:
            return None
        waiting = webhook.deliveries.select_for_update(of=("self",)).filter(
            delivered_at__isnull=True, failed_at__isnull=True
        )
        row = waiting.order_by("position").first()
        if row is None or row.next_attempt_at is None or row.next_attempt_at > at:
            return None
        if row.attempts >= MOST_ATTEMPTS:  # the process died in the last attempt
            row.failed_at, row.next_attempt_at = at, None
            row.save(update_fields=["failed_at", "next_attempt_at"])
            return None
        row.attempts += 1
        row.next_attempt_at = at + LEASE
        row.save(update_fields=["attempts", "next_attempt_at"])
        row.webhook = webhook
        return row


def _answer(row: WebhookDelivery, at: dt.datetime) -> tuple[Answer | None, str]:
    """What the receiver said, or None; and what was wrong, empty where it took the post."""
    try:
        answer = _send(row.webhook, f"evt_{row.webhook_id}_{row.event_id}", row.body, at)
    except (OSError, PostRefused) as error:
        return None, str(error)
    except Exception as error:  # it counts as an attempt, so that it ends
        log.exception("webhook_post_failed", webhook=row.webhook_id)
        return None, f"{type(error).__name__}: {error}"
    return answer, _complaint(answer)


def _keep_outcome(row: WebhookDelivery, answer: Answer | None, error: str, at: dt.datetime) -> bool:
    """Store what came of an attempt; whether it was taken.

    Whoever replayed, or took over when the lease had ended, has another claim, which stays.
    """
    is_taken = answer is not None and answer.is_accepted
    values: dict[str, Any] = {
        "last_status": None if answer is None else answer.status,
        "last_error": error.replace("\0", "")[:500],
        "next_attempt_at": None,
    }
    if is_taken:
        values["delivered_at"] = at
    elif row.attempts >= MOST_ATTEMPTS:
        values["failed_at"] = at
    else:
        values["next_attempt_at"] = at + DELAYS[row.attempts - 1]
    WebhookDelivery.objects.filter(
        pk=row.pk, delivered_at__isnull=True, next_attempt_at=row.next_attempt_at
    ).update(**values)
    if not is_taken:
        log.warning("webhook_not_delivered", webhook=row.webhook_id, attempts=row.attempts)
    return is_taken


def _send(webhook: Webhook, message_id: str, body: str, at: dt.datetime) -> Answer:
    content = body.encode()
    # Receivers compare with their own clock, so this is real time, not the story's.
    timestamp = int(dt.datetime.now(dt.UTC).timestamp())
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "Concord-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(webhook, message_id, timestamp, content, at),
    }
    return post(webhook.url, content, headers)


def _complaint(answer: Answer) -> str:
    if answer.is_accepted:
        return ""
    return f"The receiver answered {answer.status}: {answer.text[:200]}"


def _cloud_event(event: Event, position: int) -> str:
    """`sequence` is the webhook's own position."""
    document = {
        **_envelope(str(event.pk), event.type, event.subject_name, event.created_at),
        "sequence": str(position),
        "data": {
            **event.payload,
            "version": event.version,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "actor": event.actor_name,
            "request_id": str(event.request_id),
        },
    }
    return _written(document)


def _envelope(event_id: str, kind: str, subject: str, time: dt.datetime) -> dict[str, Any]:
    """What CloudEvents 1.0 asks of every event in structured mode."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": settings.BASE_URL,
        "type": kind,
        "subject": subject,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
    }


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _free_name(name: str, own: int = 0) -> str:
    words = name.strip()
    if not words or len(words) > 200:
        raise InvalidInput("Give the webhook a name of at most 200 characters.", field="name")
    if Webhook.objects.filter(name=words).exclude(pk=own).exists():
        raise InvalidInput(f"There is a webhook {words!r} already.", field="name")
    return words


def _checked_address(url: str) -> str:
    address = url.strip()
    if len(address) > 1000:
        raise InvalidInput("The address has more than 1,000 characters.", field="url")
    try:
        checked_target(address)
    except PostRefused as error:
        raise InvalidInput(str(error), field="url") from error
    return address


def _checked_types(event_types: Sequence[str]) -> list[str]:
    known = {event.name for event in (*CATALOG_EVENTS, *EVENT_TYPES)}
    unknown = sorted(set(event_types) - known)
    if unknown:
        raise InvalidInput(
            f"There is no event {unknown[0]!r}; known: {', '.join(sorted(known))}.",
            field="event_types",
        )
    return sorted(set(event_types))


def _locked(webhook_id: int) -> Webhook:
    found = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found

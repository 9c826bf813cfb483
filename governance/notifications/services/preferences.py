"""How a person wants to hear, what they follow, and what they have read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from catalog.access import Action, require
from catalog.errors import InvalidInput, NotFound
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.clock import now
from governance.models import Notification, NotificationPreference, Watch
from governance.notifications.kinds import BY_KEY, MessageKind

WATCHABLE = frozenset({"agreement", "proposal", "domain", "council"})
_SALT = "concord.notifications.unsubscribe"
_CHAT_URL = URLValidator(schemes=["https"])


def set_preferences(
    *,
    acting: Principal,
    mail: bool,
    muted_kinds: Sequence[str] = (),
    chat_url: str | None = None,
    quiet_from: dt.time | None = None,
    quiet_to: dt.time | None = None,
    time_zone: str = "UTC",
    digest_hour: int = 8,
) -> NotificationPreference:
    """Replace one's preferences; `chat_url` None keeps the present one, since it is never shown.

    Raises InvalidInput for an unknown kind, time zone, hour or address.
    """
    require(acting, Action.KEEP)
    unknown = sorted(set(muted_kinds) - BY_KEY.keys())
    if unknown:
        raise InvalidInput(f"There is no kind of message {unknown[0]!r}.", field="muted_kinds")
    if time_zone not in available_timezones():
        raise InvalidInput(
            f"There is no time zone {time_zone!r}; take one such as Europe/Dublin.",
            field="time_zone",
        )
    if not 0 <= digest_hour <= 23:
        raise InvalidInput("The hour of the digest is 0 to 23.", field="digest_hour")
    if (quiet_from is None) != (quiet_to is None):
        raise InvalidInput("Quiet hours have a beginning and an end.", field="quiet_to")
    values: dict[str, Any] = {
        "mail": mail,
        "muted_kinds": sorted(set(muted_kinds)),
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "time_zone": time_zone,
        "digest_hour": digest_hour,
    }
    if chat_url is not None:
        values["chat_url"] = _checked_chat_url(chat_url)
    with writing(acting):
        preference, _ = NotificationPreference.objects.update_or_create(
            person_id=person_id_of(acting), defaults=values
        )
    return preference


def watch(*, acting: Principal, subject_type: str, subject_key: str) -> Watch:
    """Follow an agreement, a proposal, a domain or the council; a second time changes nothing."""
    require(acting, Action.KEEP)
    if subject_type not in WATCHABLE:
        raise InvalidInput(
            f"{subject_type!r} cannot be followed; these can: {', '.join(sorted(WATCHABLE))}.",
            field="subject_type",
        )
    with writing(acting):
        watched, _ = Watch.objects.get_or_create(
            person_id=person_id_of(acting),
            subject_type=subject_type,
            subject_key=subject_key[:200],
            defaults={"created_at": now()},
        )
    return watched


def unwatch(*, acting: Principal, subject_type: str, subject_key: str) -> None:
    """Stop following; a second time changes nothing."""
    require(acting, Action.KEEP)
    with writing(acting):
        Watch.objects.filter(
            person_id=person_id_of(acting), subject_type=subject_type, subject_key=subject_key
        ).delete()


def mark_read(*, acting: Principal, notification_ids: Sequence[int] | None = None) -> int:
    """Mark one's own messages read, or all of them; returns how many were not before."""
    require(acting, Action.KEEP)
    unread = Notification.objects.filter(person_id=person_id_of(acting), read_at__isnull=True)
    if notification_ids is not None:
        unread = unread.filter(pk__in=notification_ids)
    with writing(acting):
        return unread.update(read_at=now())


def unsubscribe_token(person_id: int, kind: str) -> str:
    """What a mail's unsubscribe link carries: it can do nothing else and needs no sign-in."""
    return signing.dumps([person_id, kind], salt=_SALT)


def unsubscribes_from(token: str) -> MessageKind:
    """The kind that an unsubscribe link is for; raises NotFound for a forged link."""
    return _read_token(token)[1]


def unsubscribe(token: str) -> MessageKind:
    """Mute the kind that the link is for; raises NotFound for a forged link.

    One click in a mail client (RFC 8058) sends this without a session, so the token is the proof.
    """
    person_id, kind = _read_token(token)
    with writing(Principal.system("unsubscribe")):
        preference, _ = NotificationPreference.objects.select_for_update().get_or_create(
            person_id=person_id
        )
        if kind.key not in preference.muted_kinds:
            preference.muted_kinds = sorted([*preference.muted_kinds, kind.key])
            preference.save(update_fields=["muted_kinds"])
    return kind


def _read_token(token: str) -> tuple[int, MessageKind]:
    try:
        person_id, key = signing.loads(token, salt=_SALT)
        return int(person_id), BY_KEY[key]
    except (signing.BadSignature, ValueError, TypeError, KeyError) as error:
        raise NotFound("This link is not one of Concord's; take the one in the mail.") from error


def _checked_chat_url(url: str) -> str:
    words = url.strip()
    if words:
        try:
            _CHAT_URL(words)
        except ValidationError as error:
            raise InvalidInput(
                "The address of the chat is an https:// address of an incoming webhook.",
                field="chat_url",
            ) from error
    return words

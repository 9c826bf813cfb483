"""Where the pages of governance are, for messages and other texts that leave the service."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

CALENDARS = ("meetings", "changes")


def start_address(kind: str) -> str:
    """Where a proposal of a kind begins; further parameters fill its document."""
    return f"{reverse('governance:new_proposal')}?kind={kind}"


def proposal_address(key: str, part: str = "") -> str:
    """A proposal's page, or a part of it, such as `position`."""
    return reverse("governance:proposal", args=[key]) + (f"#{part}" if part else "")


def agreement_address(key: str) -> str:
    """An agreement's page."""
    return reverse("governance:agreement", args=[key])


def decision_address(key: str) -> str:
    """A decision in the log."""
    return reverse("governance:decision", args=[key])


def conflict_address(pk: int) -> str:
    """A conflict in the register."""
    return reverse("governance:conflict", args=[pk])


def meeting_address(pk: int) -> str:
    """A meeting's room."""
    return reverse("governance:meeting", args=[pk])


def calendar_addresses(secret: str) -> dict[str, str]:
    """Where a calendar program reads the meetings and the changes, for a secret of one's own."""
    return {
        what: outside(reverse("governance:calendar_feed", args=[secret, what]))
        for what in CALENDARS
    }


def outside(address: str) -> str:
    """The same with scheme and host, for mails and chats."""
    return settings.BASE_URL.rstrip("/") + address

"""Reading invitations: all of them for administrators, one of them by the secret of its link."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from catalog.access import Action, gate
from catalog.models import Invitation
from catalog.models.credentials import digest_of
from catalog.types import Principal


def invitations(principal: Principal) -> QuerySet[Invitation]:
    """Invitations, accepted or not, newest first; nothing for who is no administrator."""
    rows = Invitation.objects.select_related("invited_by").prefetch_related("steward_of")
    return gate().scope(principal, Action.ADMINISTER, rows.order_by("-created_at", "-id"))


def invitation_behind(secret: str) -> Invitation | None:
    """The open invitation of a link; None when it was accepted, taken back or is over.

    Whoever holds the link may see it, so no principal is asked.
    """
    return Invitation.objects.filter(
        digest=digest_of(secret), accepted_at__isnull=True, expires_at__gt=timezone.now()
    ).first()

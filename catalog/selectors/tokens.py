"""A person's own API tokens."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.access import Action, gate
from catalog.models import ApiToken
from catalog.types import Principal


def own_tokens(principal: Principal) -> QuerySet[ApiToken]:
    """The caller's tokens, live ones first; nobody reads another person's."""
    if not gate().authorize(principal, Action.SEE).allowed or principal.person_id is None:
        return ApiToken.objects.none()
    return ApiToken.objects.filter(person_id=principal.person_id).order_by("-id")

"""API tokens: made once, shown once, stored as a digest."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection

from django.utils import timezone

from catalog.access import Action, gate, require
from catalog.errors import InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import ApiToken
from catalog.models.credentials import digest_of
from catalog.services.actors import person_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal, TokenScope

PREFIX = "cat_"
USE_RESOLUTION = dt.timedelta(minutes=5)


def create_token(
    *,
    acting: Principal,
    name: str,
    scopes: Collection[TokenScope],
    expires_at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """A token of the acting person and its secret, which cannot be read again.

    A token that may write makes one that does no more than itself, and no longer. Raises
    InvalidInput for an empty name, no scope or an end in the past.
    """
    require(acting, Action.KEEP)
    if not name.strip():
        raise InvalidInput("Give the token a name that tells what uses it.", field="name")
    if not scopes:
        raise InvalidInput("Choose at least one scope.", field="scopes")
    if TokenScope.ADMIN in scopes and not acting.is_administrator:
        raise InvalidInput("Only administrators can have tokens with scope admin.", field="scopes")
    if not all(acting.may_use(scope) for scope in scopes):
        raise InvalidInput("A token cannot make one with more scopes than its own.", field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("The end has to lie in the future.", field="expires_at")
    if acting.ends_at is not None and (expires_at is None or expires_at > acting.ends_at):
        raise InvalidInput(
            "A token cannot make one that outlives it: give it an end by"
            f" {acting.ends_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC.",
            field="expires_at",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    with writing(acting):
        token = ApiToken.objects.create(
            person=person_of(acting),
            name=name.strip(),
            prefix=secret[:10],
            digest=digest_of(secret),
            scopes=sorted(scopes),
            expires_at=expires_at,
        )
        record(RecordChanged(change="created"), token, acting=acting)
    return token, secret


def revoke_token(*, acting: Principal, token_id: int) -> ApiToken:
    """End a token at once; its own person or an administrator may, the latter by a token only where
    it has the scope for it."""
    require(acting, Action.KEEP)
    administers = gate().authorize(acting, Action.ADMINISTER).allowed
    with writing(acting):
        token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
        if token is None or not (administers or token.person_id == acting.person_id):
            raise NotFound("You have no such token.")
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            record(RecordChanged(fields=("revoked_at",)), token, acting=acting)
    return token


def use_token(secret: str) -> ApiToken | None:
    """The live token with this secret, noting its use every few minutes; None otherwise."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("person")
        .filter(digest=digest_of(secret), revoked_at__isnull=True)
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > USE_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token

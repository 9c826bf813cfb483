"""A token does no more than its scopes, whoever's it is."""

import pytest

from catalog.errors import NotFound
from catalog.models import ApiToken
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token, revoke_token
from catalog.types import TokenScope
from tests.factories import AdministratorFactory, principal

pytestmark = pytest.mark.django_db


def test_an_administrators_token_that_reads_revokes_nobody_elses() -> None:
    person = AdministratorFactory()
    token, _ = create_token(acting=principal(), name="nightly", scopes=[TokenScope.READ])
    reading = principal_of(person, scopes=frozenset({TokenScope.READ}))

    with pytest.raises(NotFound):
        revoke_token(acting=reading, token_id=token.pk)
    assert ApiToken.objects.get().revoked_at is None
    # and one that administers does, as the administrator themselves
    administering = principal_of(person, scopes=frozenset({TokenScope.ADMIN}))
    revoke_token(acting=administering, token_id=token.pk)
    assert ApiToken.objects.get().revoked_at is not None

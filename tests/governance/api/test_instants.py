"""An instant that the database takes and nobody could read any more is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import ApiToken
from tests.governance.proposals.world import World


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_out_of_range_is_refused(
    world: World, graphql: Callable[..., Any], instant: str
) -> None:
    ask = 'mutation($at: DateTime) { createToken(name: "x", scopes: ["read"], expiresAt: $at)'
    by_variable = graphql("Mia", ask + " { __typename } }", at=instant)
    literal = ask.replace("($at: DateTime)", "").replace("$at", f'"{instant}"')
    by_literal = graphql("Mia", literal + " { __typename } }")

    for answer in (by_variable, by_literal):
        assert "out of range" in answer["errors"][0]["message"]
    assert not ApiToken.objects.filter(name="x").exists()

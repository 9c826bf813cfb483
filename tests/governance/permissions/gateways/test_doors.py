"""What each door carries is said for every effect, and told before an opt-out is adopted."""

from __future__ import annotations

import pytest

from governance.agreements.kinds.permission_policy.checks import _doors
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.doors import CARRIAGE, INSTEAD, Carriage, Door
from governance.permissions.types import Effect
from tests.governance.permissions.company import opt_out


def test_every_effect_has_its_place_at_every_door() -> None:
    assert set(CARRIAGE) == {(effect, door) for effect in Effect for door in Door}
    assert set(INSTEAD) == {at for at, found in CARRIAGE.items() if found is Carriage.STRICTER}
    assert all(CARRIAGE[Effect.DENY, door] is Carriage.CARRIED for door in Door)


@pytest.mark.parametrize(("effect", "count"), [("deny", 0), ("mask(all)", 0), ("min_group(5)", 2)])
def test_whoever_proposes_an_opt_out_learns_where_it_is_stricter(effect: str, count: int) -> None:
    found = list(_doors(OptOut.model_validate(opt_out(1, effect=effect))))
    assert [one.check for one in found] == ["opt_out.stricter"] * count
    assert all("Trino" in one.message for one in found)

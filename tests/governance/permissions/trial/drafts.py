"""Worlds with a draft of opt-outs beside them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from governance.permissions.engine import Delta, Index, World, compile_index, next_index
from governance.permissions.engine.deltas import matched
from tests.governance.permissions import worlds
from tests.governance.permissions.worlds import NOW

# A world that fails is shown as it was found: making it smaller takes minutes.
laws = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def compiled(world: World) -> Index:
    return compile_index(world, clock=lambda: NOW)


@st.composite
def drafted(draw: st.DrawFn) -> tuple[World, Index, Index]:
    """A world, its index, and the index after a draft: some opt-outs written anew, some gone."""
    world = draw(worlds.worlds())
    written = {one.key: one for one in draw(st.lists(worlds.rules(), max_size=3))}
    gone = draw(st.frozensets(st.sampled_from([one.key for one in world.rules] or [""])))
    base = compiled(world)
    if draw(st.booleans()):
        parts = matched(base)
        apart = base.following(replace(parts, interned=dict(parts.interned)))
        delta = Delta(1, rules=tuple(written.values()), gone_rules=gone - written.keys())
        return world, base, next_index(apart, delta)
    kept = {one.key: one for one in world.rules if one.key not in gone} | written
    return world, base, compiled(replace(world, rules=tuple(kept.values())))

"""Law: the door for Trino is never wider than the engine, in whatever world and for whomever."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.permissions.engine import World
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.question import Asker
from governance.permissions.gateways.registered import GatewayRecord, mapped
from governance.permissions.gateways.trino.bodies import Action, Column, Resource, Table
from governance.permissions.gateways.trino.deciding import Names, TrinoAnswers
from governance.permissions.gateways.trino.dialect import NO_ROWS, NULL
from governance.permissions.types import DataAction
from tests.governance.permissions.gateways.asking import standing
from tests.governance.permissions.worlds import INSTANTS, NAMES, PATHS, worlds

GATEWAY = GatewayRecord(1, "law", "", "production", mapped("pg://w"))
NAMED = [*(name for name in NAMES if name.startswith("pg://w/") and name.count(".") == 2),
         "pg://w/hr.pay.unlisted", "pg://w/hr.pay.salary$files"]  # fmt: skip
COLUMNS = st.none() | st.lists(
    st.sampled_from([path for path in PATHS if "." not in path] + ["unlisted"]),
    max_size=3,
    unique=True,
)


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    worlds(),
    st.sampled_from(["p1", "p2", "p3", "nobody"]),
    st.sampled_from(NAMED),
    COLUMNS,
    st.sampled_from([None, "marketing", "ml_training"]),
    st.sampled_from(INSTANTS),
)
def test_nothing_is_wider_than_the_engine(world, user, name, columns, purpose, at) -> None:
    # Given any world, anybody, any table
    held: Standing = standing(world, clock=lambda: at)
    index = held.index
    asker = Asker(held, index.person_named(user), user, purpose, "production", at)
    answers = TrinoAnswers(asker, Names(GATEWAY))
    catalog, schema, last = name.removeprefix("pg://w/").split(".")
    table = Table(catalog, schema, last, columns)

    # When Trino asks for it in all its ways
    decision = asker.decide(DataAction.READ, name, "pg://w", columns)
    may_read = answers.allow(Action("SelectFromColumns", Resource(table=table)))
    may_write = answers.allow(Action("InsertIntoTable", Resource(table=table)))
    is_seen = answers.visible(Action("FilterTables", filterResources=[Resource(table=table)]))
    filters = answers.row_filters(Action("GetRowFilters", Resource(table=table)))
    typed = [Column(catalog, schema, last, path, "varchar") for path in columns or ()]
    masks = answers.masks(typed)

    # Then nothing is allowed that the engine denies
    effects = [decision.effect_on(path) for path in columns or ()]
    closed = any(one.denied or one.min_group for one in effects)
    assert not may_read or (decision.allowed and not closed)
    assert not may_write or asker.decide(DataAction.WRITE, name, "pg://w", columns).allowed
    assert not is_seen or asker.sees(name, "pg://w")
    # And no value and no row is shown that it hides
    wanted = {one.expression for one in decision.filters}
    assert not wanted or len(filters) >= len(wanted) or filters == [NO_ROWS]
    for effect, mask in zip(effects, masks, strict=True):
        if effect.denied or effect.min_group or decision.code == "unknown":
            assert mask == NULL
        elif effect.mask is not None:
            assert mask is not None


def test_the_law_meets_denials_and_permissions() -> None:
    """The worlds of the law are not all empty."""
    seen: set[bool] = set()

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(worlds(), st.sampled_from(NAMED))
    def look(world: World, name: str) -> None:
        held = standing(world, clock=lambda: INSTANTS[2])
        asker = Asker(held, held.index.person_named("p1"), "p1", None, None, INSTANTS[2])
        seen.add(asker.decide(DataAction.READ, name, "pg://w").allowed)

    look()
    assert seen == {True, False}

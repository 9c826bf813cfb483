"""A small company under opt-outs, in worlds that differ only in what these protect.

The tables are those of the generator of statements; each policy is a set of opt-outs in force for
whoever asks. A world of a policy has other values where they are denied or masked (the mask is the
same), and other rows where a filter removes them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb

from benchmarks.lineage.statements import TABLES
from governance.permissions.engine import (
    Dataset,
    Decision,
    FilterText,
    Index,
    Person,
    Resources,
    Rule,
    Subjects,
    World,
    compile_index,
)
from governance.permissions.native import KnownColumn, KnownDataset
from governance.permissions.types import DataAction, Effect, Mask

TYPES = {"i": "integer", "s": "varchar", "l": "integer[]", "r": "struct(x integer, y varchar)"}
WORLDS = 4
TURNED = 8
UNHELPFUL = (
    "join_order,statistics_propagation,compressed_materialization,build_side_probe_side,"
    "join_filter_pushdown,late_materialization,top_n,column_lifetime,regex_range"
)
"""Optimizers that look at the data to choose the order of rows, or cost more than they save."""
ROWS = 8
Rows = list[list[object]]
World_ = dict[str, Rows]


@dataclass(frozen=True, slots=True)
class Policy:
    """What somebody may not see: columns denied, columns masked, rows that stay."""

    name: str
    denied: frozenset[tuple[str, str]] = frozenset()
    masks: dict[tuple[str, str], Mask] = field(default_factory=dict)
    filters: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By table: the column and the SQL of its condition; `_KEEPS` says the same in Python."""

    def protects(self, table: str) -> bool:
        """Whether anything of a table is protected."""
        named = {one for one, _ in (*self.denied, *self.masks)}
        return table in named or table in self.filters


_OF_FAR_CUSTOMERS = "cid IN (SELECT id FROM main.customers WHERE region > 1)"
_KEEPS: dict[str, Callable[[object, World_], bool]] = {
    "kind = 'a'": lambda value, world: value == "a",
    "region > 1": lambda value, world: isinstance(value, int) and value > 1,
    "NOT note LIKE 'b%'": lambda value, world: isinstance(value, str) and value[:1] != "b",
    "weight IS NULL OR weight <> 3": lambda value, world: value is None or value != 3,
    "day IN (0, 2, 4)": lambda value, world: value in (0, 2, 4),
    _OF_FAR_CUSTOMERS: lambda value, world: value is not None and value in _far_customers(world),
}
"""Whether a row stays, from the value that its filter looks at and the world it is in."""

POLICIES = (
    Policy("denied score", denied=frozenset({("customers", "score")})),
    Policy(
        "masked texts",
        masks={("customers", "name"): Mask.SHA256, ("items", "note"): Mask.FIRST3,
               ("regions", "label"): Mask.ALL, ("orders", "kind"): Mask.LAST3},
    ),
    Policy("orders of kind a", filters={"orders": ("kind", "kind = 'a'")}),
    Policy(
        "numbers closed",
        masks={("orders", "amount"): Mask.EMPTY, ("regions", "weight"): Mask.ALL,
               ("items", "qty"): Mask.ALL},
    ),
    Policy(
        "rows and columns",
        denied=frozenset({("orders", "day"), ("items", "tags")}),
        masks={("customers", "name"): Mask.LAST4},
        filters={"customers": ("region", "region > 1"),
                 "items": ("note", "NOT note LIKE 'b%'")},
    ),
    Policy(
        "structs and rows",
        masks={("customers", "extra"): Mask.EMPTY},
        filters={"regions": ("weight", "weight IS NULL OR weight <> 3"),
                 "orders": ("day", "day IN (0, 2, 4)")},
    ),
    Policy(
        "orders of far customers",
        masks={("orders", "kind"): Mask.LAST3},
        filters={"orders": ("cid", _OF_FAR_CUSTOMERS)},
    ),
)  # fmt: skip


class Known:
    """The catalog of the company; `definitions` are those of its views."""

    def __init__(self, views: dict[str, tuple[str, dict[str, str]]] | None = None) -> None:
        tables = {
            name: KnownDataset(
                number,
                f"duckdb://test/main.{name}",
                ("main", name),
                tuple(KnownColumn(column, TYPES[kind]) for column, kind in columns.items()),
            )
            for number, (name, columns) in enumerate(TABLES.items(), start=1)
        }
        for number, (name, (definition, columns)) in enumerate((views or {}).items(), start=100):
            tables[name] = KnownDataset(
                number,
                f"duckdb://test/main.{name}",
                ("main", name),
                tuple(KnownColumn(column, kind) for column, kind in columns.items()),
                is_view=True,
                definition=definition,
                definition_dialect="duckdb",
            )
        self.tables = tables

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """See `governance.permissions.native.Catalog`."""
        if len(parts) > 1 and parts[-2].lower() != "main":
            return None
        return self.tables.get(parts[-1].lower())


def index_of(policy: Policy, known: Known) -> Index:
    """The policy as the engine holds it, for the person 1."""
    rules = []
    for number, (table, column) in enumerate(sorted(policy.denied)):
        rules.append(_rule(f"D{number}", Effect.DENY, table, (column,)))
    for number, ((table, column), mask) in enumerate(sorted(policy.masks.items())):
        rules.append(_rule(f"M{number}", Effect.MASK, table, (column,), mask=mask))
    for number, (table, (column, text)) in enumerate(sorted(policy.filters.items())):
        only = FilterText((text,), frozenset({column}))
        rules.append(_rule(f"F{number}", Effect.ROW_FILTER, table, (), only=only))
    datasets = tuple(
        Dataset(
            one.id,
            one.name,
            columns={column.name.lower(): frozenset() for column in one.columns},
        )
        for one in known.tables.values()
    )
    people = (Person(1, "ann", attributes={"employment_kind": "employee"}),)
    return compile_index(World(1, people, datasets, tuple(rules)), clock=lambda: 0.0)


def _rule(
    key: str,
    effect: Effect,
    table: str,
    columns: tuple[str, ...],
    mask: Mask | None = None,
    only: FilterText | None = None,
) -> Rule:
    return Rule(
        key=key,
        number=key,
        version=1,
        effect=effect,
        subjects=Subjects(everybody=True),
        resources=Resources(names=(f"duckdb://test/main.{table}",), columns=columns),
        actions=frozenset({DataAction.READ, DataAction.EXPORT}),
        mask=mask,
        filter=only,
        reason="It is protected.",
        ask="the steward",
    )


def decide_by(index: Index) -> Callable[[int, DataAction, Sequence[str] | None], Decision]:
    """The engine's answers for the person 1."""

    def decide(dataset: int, action: DataAction, columns: Sequence[str] | None) -> Decision:
        return index.decide(1, action, dataset, columns)

    return decide


# --- worlds ----------------------------------------------------------------------------------


def first_world(chance: random.Random) -> World_:
    """Rows at random."""
    return {
        table: [[_value(kind, chance) for kind in columns.values()] for _ in range(ROWS)]
        for table, columns in TABLES.items()
    }


def other_world(policy: Policy, world: World_, chance: random.Random) -> World_:
    """A world that differs from another in what the policy protects, and only in that."""
    return {table: _other_rows(policy, table, world, chance) for table in world}


def seen_world(policy: Policy, world: World_) -> World_:
    """The world with the policy applied beforehand: rows removed, values masked, denied empty."""
    seen = {}
    for table, rows in world.items():
        columns = TABLES[table]
        kept = [list(row) for row in rows if _is_kept(policy, table, row, world)]
        for row in kept:
            for place, (column, kind) in enumerate(columns.items()):
                if (table, column) in policy.denied:
                    row[place] = None
                elif (table, column) in policy.masks:
                    row[place] = _masked(policy.masks[table, column], row[place], kind)
        seen[table] = kept
    return seen


def _other_rows(policy: Policy, table: str, world: World_, chance: random.Random) -> Rows:
    columns = TABLES[table]
    found = []
    for row in world[table]:
        if not _is_kept(policy, table, row, world):
            continue
        changed = list(row)
        for place, (column, kind) in enumerate(columns.items()):
            if table in policy.filters and column == policy.filters[table][0]:
                continue
            if (table, column) in policy.denied:
                changed[place] = _wild(kind, chance)
            elif (table, column) in policy.masks:
                changed[place] = _same_mask(policy.masks[table, column], row[place], kind, chance)
        found.append(changed)
    if table in policy.filters:
        for _ in range(chance.randint(0, 6)):
            row = [_wild(kind, chance) for kind in columns.values()]
            if not _is_kept(policy, table, row, world):
                found.insert(chance.randint(0, len(found)), row)
    return found


def _is_kept(policy: Policy, table: str, row: Sequence[object], world: World_) -> bool:
    if table not in policy.filters:
        return True
    column, text = policy.filters[table]
    return _KEEPS[text](row[list(TABLES[table]).index(column)], world)


def _far_customers(world: World_) -> set[object]:
    columns = list(TABLES["customers"])
    number, region = columns.index("id"), columns.index("region")
    rows = world["customers"]
    return {row[number] for row in rows if isinstance(row[region], int) and row[region] > 1}


def _masked(mask: Mask, value: object, kind: str) -> object:
    if value is None or mask is Mask.EMPTY or kind in "lr":
        return None
    if kind == "i":
        return 0
    text = str(value)
    match mask:
        case Mask.SHA256:
            return hashlib.sha256(text.encode()).hexdigest()
        case Mask.FIRST3:
            return text[:3]
        case Mask.LAST3:
            return text[-3:]
        case Mask.LAST4:
            return text[-4:]
        case _:
            return "***"


def _same_mask(mask: Mask, value: object, kind: str, chance: random.Random) -> object:
    """Another value that the mask shows alike, where there is one."""
    if mask is Mask.EMPTY or kind in "lr":
        return _wild(kind, chance)
    if value is None:
        return None
    if kind == "i":
        return chance.randint(-99, 99)
    text = str(value)
    if mask is Mask.ALL:
        return chance.choice(["a", "b", "far away", "", "zz"])
    if mask is Mask.FIRST3 and len(text) >= 3:
        return text[:3] + chance.choice(["", "x", "yy"])
    if mask in (Mask.LAST3, Mask.LAST4) and len(text) >= int(mask[-1]):
        return chance.choice(["", "x", "yy"]) + text[-int(mask[-1]) :]
    return value


def _value(kind: str, chance: random.Random) -> object:
    if kind in "is" and chance.random() < 0.12:
        return None
    if kind == "i":
        return chance.randint(0, 4)
    if kind == "s":
        return chance.choice(["a", "b", "ba", "c", "abcd", "abcde", "xbcde"])
    if kind == "l":
        return [chance.randint(0, 4) for _ in range(chance.randint(0, 3))]
    return {"x": chance.randint(0, 4), "y": chance.choice("abc")}


def _wild(kind: str, chance: random.Random) -> object:
    if kind in "is" and chance.random() < 0.2:
        return None
    if kind == "i":
        return chance.choice([0, 1, 2, 3, -7, 77, 2_000_000_000])
    if kind == "s":
        return chance.choice(["a", "ba", "b", "far", "1", "", "no number"])
    return _value(kind, chance)


class Worlds:
    """A DuckDB in memory with the worlds of a policy: `w0` to `w3`, `seen`, as the opt-outs leave
    `w0`, and `turned0` and on, which are `seen` with its rows in other orders."""

    def __init__(
        self,
        policy: Policy,
        seed: int = 1,
        views: dict[str, tuple[str, dict[str, str]]] | None = None,
    ) -> None:
        chance = random.Random(f"{policy.name} {seed}")
        self._connection = duckdb.connect(config={"threads": 1, "memory_limit": "300MB"})
        self._connection.execute(f"SET disabled_optimizers = '{UNHELPFUL}'")
        base = first_world(chance)
        worlds = [base, *(other_world(policy, base, chance) for _ in range(WORLDS - 1))]
        for number, world in enumerate(worlds):
            self._make(f"w{number}", world, views or {})
        seen = seen_world(policy, base)
        self._make("seen", seen, views or {})
        self._make("turned0", {table: rows[::-1] for table, rows in seen.items()}, views or {})
        for number in range(1, TURNED):
            turned = {table: chance.sample(rows, len(rows)) for table, rows in seen.items()}
            self._make(f"turned{number}", turned, views or {})

    def _make(self, name: str, world: World_, views: dict[str, tuple[str, dict[str, str]]]) -> None:
        run = self._connection.execute
        run(f"ATTACH ':memory:' AS {name}")
        run(f"USE {name}.main")
        for table, rows in world.items():
            columns = ", ".join(f"{n} {TYPES[k]}" for n, k in TABLES[table].items())
            run(f"CREATE TABLE {table} ({columns})")
            marks = ", ".join("?" for _ in TABLES[table])
            if rows:
                self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        for view, (definition, _) in views.items():
            run(f"CREATE VIEW {view} AS {definition}")

    def run(self, sql: str, world: str) -> list[tuple[object, ...]]:
        """The rows of a statement in a world, at most 5,000; whatever it changed is undone.

        Raises duckdb.Error.
        """
        self._connection.execute(f"USE {world}.main")
        self._connection.execute("BEGIN")
        try:
            return self._connection.execute(sql).fetchmany(5_000)
        finally:
            self._connection.execute("ROLLBACK")

    def interrupt(self) -> None:
        """Stop what runs."""
        self._connection.interrupt()

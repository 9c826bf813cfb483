"""A company of three schemas under opt-outs, in two worlds alike but for what is protected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import duckdb

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
from governance.permissions.native import Asked, KnownColumn, KnownDataset, Verdict, check
from governance.permissions.types import DataAction, Effect, Mask

COLUMNS = {
    "hr.employees": {
        "id": "integer", "name": "varchar", "salary": "integer", "region": "varchar",
        "born": "date", "email": "varchar", "profile": "struct(city varchar, ssn varchar)",
    },
    "hr.teams": {"id": "integer", "team": "varchar", "lead": "integer"},
    "hr.reviews": {"id": "integer", "team": "varchar", "rating": "integer"},
    "hr.survey": {"team": "varchar", "mood": "integer"},
    "sales.orders": {"id": "integer", "region": "varchar", "amount": "integer", "note": "varchar"},
    "sales.regions": {"code": "varchar", "title": "varchar"},
    "secret.plans": {"id": "integer", "plan": "varchar"},
    "hr.archive": {"id": "integer", "salary": "integer"},
}  # fmt: skip
VIEWS = {
    "hr.staff": ("SELECT * FROM employees", ["id", "name", "salary", "region", "born", "email"]),
    "hr.staff_names": ("SELECT id, name, region FROM hr.employees", ["id", "name", "region"]),
    "hr.pay": ("SELECT id, salary * 12 AS yearly FROM employees", ["id", "yearly"]),
    "hr.rich": ("SELECT id FROM employees WHERE salary > 100", ["id"]),
    "sales.eu": ("SELECT id, amount FROM orders WHERE region = 'eu'", ["id", "amount"]),
    "sales.titles": ("SELECT code, title FROM regions", ["code", "title"]),
    "sales.twice": ("SELECT id, amount * 2 AS amount FROM sales.eu", ["id", "amount"]),
    "hr.plotted": ("SELECT id FROM secret.plans", ["id"]),
    "hr.unreadable": ("SELECT FROM WHERE", ["id"]),
}  # fmt: skip
_PROFILE = "hr.staff"
RESULTS = 5_000


def _known() -> dict[str, KnownDataset]:
    found = {}
    for number, (name, columns) in enumerate(COLUMNS.items(), start=1):
        found[name] = KnownDataset(
            number, name, tuple(name.split(".")),
            tuple(KnownColumn(column, kind) for column, kind in columns.items()),
        )  # fmt: skip
    for number, (name, (definition, columns)) in enumerate(VIEWS.items(), start=100):
        listed = [*columns, "profile"] if name == _PROFILE else columns
        schema = name.partition(".")[0]
        found[name] = KnownDataset(
            number, name, tuple(name.split(".")), tuple(KnownColumn(column) for column in listed),
            is_view=True, definition=definition, definition_dialect="duckdb",
            definition_schema=schema,
        )  # fmt: skip
    return found


KNOWN = _known()


class Company:
    """The catalog as Ann sees it: `secret.plans` is hidden from her."""

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """See `governance.permissions.native.Catalog`."""
        named = parts if len(parts) > 1 else (schema or "hr", *parts)
        found = KNOWN.get(".".join(named[-2:]).lower())
        if found is not None and found.name == "secret.plans" and not is_inside:
            return None
        return found


def _rule(key: str, effect: Effect, dataset: str, *columns: str, **more: object) -> Rule:
    return Rule(
        key=key, number=key, version=1, effect=effect, subjects=Subjects(everybody=True),
        resources=Resources(names=(dataset,), columns=columns),
        actions=more.pop("actions", frozenset({DataAction.READ, DataAction.EXPORT})),  # type: ignore[arg-type]
        reason=f"Reason {key}.", ask="Rana Whitlow", **more,  # type: ignore[arg-type]
    )  # fmt: skip


RULES = (
    _rule("OO-1", Effect.DENY, "hr.employees", "salary"),
    _rule("OO-2", Effect.MASK, "hr.employees", "email", mask=Mask.SHA256),
    _rule("OO-3", Effect.MASK, "hr.employees", "name", mask=Mask.FIRST3),
    _rule("OO-4", Effect.MASK, "hr.employees", "born", mask=Mask.YEAR),
    _rule("OO-5", Effect.DENY, "hr.employees", "profile.ssn"),
    _rule(
        "OO-6", Effect.ROW_FILTER, "sales.orders",
        filter=FilterText(("region = 'eu'",), frozenset({"region"})),
    ),
    _rule("OO-7", Effect.MIN_GROUP, "hr.reviews", "rating", group_of=3),
    _rule("OO-8", Effect.MIN_GROUP, "hr.survey", group_of=3),
    _rule("OO-9", Effect.DENY, "secret.plans", confidential=True),
    _rule("OO-10", Effect.DENY, "hr.archive"),
    _rule(
        "OO-11", Effect.DENY, "sales.regions",
        actions=frozenset({DataAction.EXPORT, DataAction.WRITE}),
    ),
)  # fmt: skip


def _index() -> Index:
    datasets = []
    for one in KNOWN.values():
        paths = {column.name: frozenset[str]() for column in one.columns}
        if one.name == "hr.employees":
            paths |= {"profile.city": frozenset(), "profile.ssn": frozenset()}
        datasets.append(Dataset(one.id, one.name, columns=paths))
    people = (Person(1, "ann", attributes={"employment_kind": "employee"}),)
    return compile_index(World(1, people, tuple(datasets), RULES), clock=lambda: 0.0)


INDEX = _index()


def decide(dataset: int, action: DataAction, columns: Sequence[str] | None) -> Decision:
    """The engine's answer for Ann."""
    return INDEX.decide(1, action, dataset, columns)


def verdict_on(sql: str, *, is_concerned: bool = True, hide_denied: bool = False) -> Verdict:
    """What the check says to Ann."""
    asked = Asked(sql, "duckdb", schema="hr", is_concerned=is_concerned, hide_denied=hide_denied)
    return check(asked, Company(), decide)


_EMPLOYEES = (
    (1, "annabel", 100, "eu", "1980-02-03", "ann@x", "Cork", "111"),
    (2, "bert", 200, "us", "1981-05-06", "bert@x", "Bonn", "222"),
    (3, "carla", 300, "eu", "1990-07-08", "carla@x", "Nice", "333"),
)
_OTHER_EMPLOYEES = (
    (1, "annette", 7, "eu", "1980-12-31", "ann@x", "Cork", "999"),
    (2, "berta", 1_000, "us", "1981-01-01", "bert@x", "Bonn", "888"),
    (3, "carl", 0, "eu", "1990-01-02", "carla@x", "Nice", "777"),
)
_ORDERS = ((1, "eu", 10, "12"), (2, "us", 20, "no number"), (3, "eu", 30, "14"))
_OTHER_ORDERS = ((5, "us", 0, "x"), (1, "eu", 10, "12"), (3, "eu", 30, "14"), (9, None, 9, ""))


class Worlds:
    """DuckDB with both worlds."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1, "memory_limit": "300MB"})
        self._make("one", _EMPLOYEES, _ORDERS, "buy")
        self._make("other", _OTHER_EMPLOYEES, _OTHER_ORDERS, "sell")

    def _make(
        self, name: str, employees: Sequence[tuple], orders: Sequence[tuple], plan: str
    ) -> None:
        run = self.connection.execute
        run(f"ATTACH ':memory:' AS {name}")
        run(f"USE {name}.main")
        for schema in ("hr", "sales", "secret"):
            run(f"CREATE SCHEMA {schema}")
        for table, columns in COLUMNS.items():
            run(f"CREATE TABLE {table} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        for row in employees:
            run(
                "INSERT INTO hr.employees VALUES (?, ?, ?, ?, ?, ?, {'city': ?, 'ssn': ?})",
                list(row),
            )
        for order in orders:
            run("INSERT INTO sales.orders VALUES (?, ?, ?, ?)", list(order))
        run("INSERT INTO hr.teams VALUES (1, 'red', 1), (2, 'blue', 3)")
        run("INSERT INTO sales.regions VALUES ('eu', 'Europe'), ('us', 'America')")
        run("INSERT INTO secret.plans VALUES (1, ?)", [plan])
        run(
            "INSERT INTO hr.reviews VALUES (1, 'red', 1), (2, 'red', 2), (3, 'red', 3),"
            " (4, 'blue', 4), (5, 'blue', NULL), (6, 'blue', 5)"
        )
        run("INSERT INTO hr.survey VALUES ('red', 1), ('red', 2), ('red', 3), ('blue', 9)")
        for view, (definition, _) in VIEWS.items():
            if view != "hr.unreadable":
                run(f"SET search_path = '{name}.{view.partition('.')[0]}'")
                run(f"CREATE VIEW {name}.{view} AS {definition}")

    def run(self, sql: str, world: str) -> Counter[str] | str:
        """The rows in a world, or the error; nothing stays changed."""
        self.connection.execute(f"USE {world}.hr")
        self.connection.execute("BEGIN")
        try:
            rows = self.connection.execute(sql).fetchmany(RESULTS)
            return Counter(repr(row) for row in rows)
        except duckdb.Error as error:
            return f"error {type(error).__name__}"
        finally:
            self.connection.execute("ROLLBACK")

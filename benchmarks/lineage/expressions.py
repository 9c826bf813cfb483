"""Writes expressions of DuckDB at random over what a FROM clause offers, each of a given type."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A result column. Names may repeat in a query, never in what a scope offers bare."""

    name: str
    kind: str


@dataclass(slots=True)
class Item:
    """A FROM item: its alias and what it offers."""

    alias: str
    columns: list[Column]


@dataclass(slots=True)
class Scope:
    """The FROM items of one SELECT, and those of the queries around it."""

    items: list[Item] = field(default_factory=list)
    outer: list[Item] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    """Columns joined with USING, which must be written bare."""


class Expressions(ABC):
    """Writes expressions; subqueries in them take their FROM clause from who writes queries."""

    def __init__(self, seed: int, depth: int = 3) -> None:
        self.chance = random.Random(seed)
        self.depth = depth
        self.count = 0

    @abstractmethod
    def sources(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[str, str, Scope]:
        """A FROM clause for a subquery, twice as written, and what it offers."""

    def alias(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def column(self, kind: str, scope: Scope, outside: bool = False) -> str:
        """A reference to a column of that type, bare where only one item has the name."""
        chance = self.chance
        items = scope.items
        found = [
            (item, column)
            for item in items
            for column in item.columns
            if column.kind == kind and column.name not in scope.merged
        ]
        merged = [name for name, its in scope.merged.items() if its == kind]
        if merged and chance.random() < 0.4:
            return chance.choice(merged)
        if outside and scope.outer and chance.random() < 0.5:
            outer = [
                f"{item.alias}.{c.name}"
                for item in scope.outer
                for c in item.columns
                if c.kind == kind
            ]
            if outer:
                return chance.choice(outer)
        if not found:
            return "1" if kind == "i" else "'z'"
        item, column = chance.choice(found)
        alone = sum(c.name == column.name for i in items for c in i.columns) == 1
        if alone and chance.random() < 0.4:
            return column.name
        return f"{item.alias}.{column.name}"

    def simple(self, kind: str, scope: Scope) -> str:
        if self.chance.random() < 0.75:
            return self.column(kind, scope)
        if kind == "i":
            return f"({self.column('i', scope)} % 3)"
        return f"upper({self.column('s', scope)})"

    def total_order(self, scope: Scope) -> str:
        """All columns, so that ties cannot be broken in two ways."""
        listed = [
            f"{item.alias}.{c.name}"
            for item in scope.items
            for c in item.columns
            if c.kind in "is" and c.name not in scope.merged
        ]
        listed += list(scope.merged)
        self.chance.shuffle(listed)
        return ", ".join(listed) or "1"

    def expression(self, kind: str, scope: Scope, depth: int, ctes: dict[str, list[Column]]) -> str:
        chance = self.chance
        way = chance.random()
        if depth > 1 and way < 0.1 and kind == "i":
            return self.scalar(scope, depth, ctes)
        if way < 0.45:
            return self.column(kind, scope, outside=True)
        if kind == "s":
            structs = self._of_kind("r", scope)
            if structs and chance.random() < 0.4:
                return f"{chance.choice(structs)}.y"
            return chance.choice(
                [
                    lambda: f"upper({self.column('s', scope)})",
                    lambda: f"{self.column('s', scope)} || {self.column('s', scope)}",
                    lambda: f"coalesce({self.column('s', scope)}, {self.column('s', scope)}, 'n')",
                    lambda: f"md5({self.column('s', scope)})",
                    lambda: f"cast({self.column('i', scope)} as varchar)",
                    lambda: (
                        f"case when {self.condition(scope, 1, ctes)} then "
                        f"{self.column('s', scope)} else {self.column('s', scope)} end"
                    ),
                    lambda: f"substring({self.column('s', scope)}, 1, 1)",
                    lambda: f"nullif({self.column('s', scope)}, {self.column('s', scope)})",
                    lambda: "'k'",
                ]
            )()
        structs = self._of_kind("r", scope)
        if structs and chance.random() < 0.3:
            return f"{chance.choice(structs)}.x"
        lists = self._of_kind("l", scope)
        if lists and chance.random() < 0.3:
            return chance.choice(
                [
                    f"len({chance.choice(lists)})",
                    f"list_sum({chance.choice(lists)})",
                    f"list_sum(list_transform({chance.choice(lists)}, lambda e: e + 1))",
                    f"{chance.choice(lists)}[1]",
                ]
            )
        return chance.choice(
            [
                lambda: f"{self.column('i', scope)} + {self.column('i', scope)}",
                lambda: f"{self.column('i', scope)} * 2",
                lambda: f"coalesce({self.column('i', scope)}, {self.column('i', scope)}, 0)",
                lambda: (
                    f"case {self.column('i', scope)} when 1 then {self.column('i', scope)} "
                    f"when 2 then 7 else {self.column('i', scope)} end"
                ),
                lambda: f"case when {self.condition(scope, 1, ctes)} then 1 else 0 end",
                lambda: f"nullif({self.column('i', scope)}, {self.column('i', scope)})",
                lambda: f"greatest({self.column('i', scope)}, {self.column('i', scope)})",
                lambda: f"length({self.column('s', scope)})",
                lambda: f"({self.column('i', scope)} is null)::int",
                lambda: f"({self.column('i', scope)} in ({self.column('i', scope)}, 3))::int",
                lambda: f"if({self.column('i', scope)} > 1, {self.column('i', scope)}, 5)",
                lambda: str(chance.randint(0, 9)),
            ]
        )()

    def _of_kind(self, kind: str, scope: Scope) -> list[str]:
        return [
            f"{item.alias}.{c.name}" for item in scope.items for c in item.columns if c.kind == kind
        ]

    def window(self, kind: str, scope: Scope, ctes: dict[str, list[Column]]) -> str:
        chance = self.chance
        by = (
            f"partition by {self.column(chance.choice('is'), scope)} "
            if chance.random() < 0.6
            else ""
        )
        order = f"order by {self.total_order(scope)}"
        value = self.column(kind, scope)
        if kind == "s":
            name = chance.choice(["first_value", "last_value", "lag", "lead", "max"])
            return f"{name}({value}) over ({by}{order})"
        return chance.choice(
            [
                f"row_number() over ({by}{order})",
                f"rank() over ({by}order by {self.column('i', scope)})",
                f"sum({value}) over ({by}{order} rows between 1 preceding and current row)",
                f"sum({value}) over ({by})",
                f"count(*) over ({by})",
                f"lag({value}, 1, {self.column('i', scope)}) over ({by}{order})",
                f"max({value}) filter (where {self.condition(scope, 1, ctes)}) over ({by})",
                f"dense_rank() over ({by}order by {self.column('s', scope)})",
                f"ntile(2) over ({by}{order})",
            ]
        )

    def aggregate(self, scope: Scope, ctes: dict[str, list[Column]]) -> str:
        chance = self.chance
        value = self.column("i", scope)
        return chance.choice(
            [
                "count(*)",
                f"count({value})",
                f"count(distinct {value})",
                f"sum({value})",
                f"min({value} + {self.column('i', scope)})",
                f"max(length({self.column('s', scope)}))",
                f"sum({value}) filter (where {self.condition(scope, 1, ctes)})",
                f"arg_max({value}, {self.column('i', scope)})",
                f"sum(case when {self.condition(scope, 1, ctes)} then {value} end)",
                f"length(string_agg({self.column('s', scope)}, ',' order by "
                f"{self.total_order(scope)}))",
                f"coalesce(sum({value}), count({self.column('s', scope)}))",
                f"first({value} order by {self.total_order(scope)})",
                f"bool_or({value} > 1)::int",
            ]
        )

    def scalar(self, scope: Scope, depth: int, ctes: dict[str, list[Column]]) -> str:
        """A scalar subquery, mostly correlated."""
        items = [*scope.items, *scope.outer]
        visible = [i for i in items if not any(c.name in scope.merged for c in i.columns)]
        _, text, inner = self.sources(min(depth - 1, 1), ctes, visible)
        value = self.expression("i", inner, 1, ctes)
        condition = self.correlation(inner, visible)
        name = self.chance.choice(["max", "sum", "min", "count"])
        return f"(select {name}({value}) from {text} where {condition})"

    def correlation(self, inner: Scope, visible: Sequence[Item]) -> str:
        ours = [c for i in inner.items for c in [self.column("i", inner)]]
        theirs = [f"{i.alias}.{c.name}" for i in visible for c in i.columns if c.kind == "i"]
        if not theirs or self.chance.random() < 0.2:
            return self.condition(inner, 1, {})
        sign = self.chance.choice(["=", "<"])
        return f"{self.chance.choice(ours)} {sign} {self.chance.choice(theirs)}"

    def condition(self, scope: Scope, depth: int, ctes: dict[str, list[Column]]) -> str:
        chance = self.chance
        way = chance.random()
        if depth > 1 and way < 0.25:
            items = [*scope.items, *scope.outer]
            visible = [i for i in items if not any(c.name in scope.merged for c in i.columns)]
            _, text, inner = self.sources(1, ctes, visible)
            link = self.correlation(inner, visible)
            if way < 0.1:
                sign = chance.choice(["exists", "not exists"])
                return f"{sign} (select 1 from {text} where {link})"
            if way < 0.17:
                return (
                    f"{self.column('i', scope)} in (select {self.column('i', inner)} from {text})"
                )
            if way < 0.2:
                listed = f"select {self.column('i', inner)} from {text}"
                return f"{self.column('i', scope)} > any ({listed})"
            return (
                f"{self.column('i', scope)} >= (select max({self.column('i', inner)}) from {text} "
                f"where {link})"
            )
        return chance.choice(
            [
                lambda: f"{self.column('i', scope, True)} > {chance.randint(0, 3)}",
                lambda: f"{self.column('i', scope)} = {self.column('i', scope, True)}",
                lambda: f"{self.column('s', scope)} is not null",
                lambda: f"{self.column('s', scope)} like '%a%'",
                lambda: f"{self.column('i', scope)} between 1 and {self.column('i', scope)}",
                lambda: f"({self.column('i', scope)} > 1 or {self.column('s', scope)} = 'b')",
                lambda: f"not ({self.column('i', scope)} < {self.column('i', scope)})",
                lambda: f"{self.column('i', scope)} is distinct from {self.column('i', scope)}",
            ]
        )()

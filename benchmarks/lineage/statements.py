"""Writes valid DuckDB queries at random: joins, shadowing, set operations, windows, stars.

One seed gives one query. Every column has a type, so that what is written also runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.lineage.expressions import Column, Item, Scope
from benchmarks.lineage.features import Features

TABLES: dict[str, dict[str, str]] = {
    "customers": {"id": "i", "name": "s", "region": "i", "score": "i", "extra": "r"},
    "orders": {"id": "i", "cid": "i", "amount": "i", "kind": "s", "day": "i"},
    "items": {"oid": "i", "product": "i", "qty": "i", "note": "s", "tags": "l"},
    "regions": {"id": "i", "label": "s", "weight": "i"},
}
"""Columns with their types: i integer, s text, l list of integers, r a struct of x and y."""


class Writer(Features):
    """Writes one query. ``ctes`` are those in sight, by name."""

    def statement(self) -> str:
        """A whole query, sometimes sorted at the end."""
        text, columns = self.query(self.depth, {}, [])
        if self.chance.random() < 0.15:
            places = [str(i + 1) for i, c in enumerate(columns) if c.kind in "is"]
            if places:
                text = f"select * from ({text}) as final order by {', '.join(places)}"
                if self.chance.random() < 0.5:
                    text += f" limit {self.chance.randint(1, 5)}"
        return text

    # Queries

    def query(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[str, list[Column]]:
        """A query and its columns, whose names are distinct."""
        chance = self.chance
        visible = dict(ctes)
        clauses: list[str] = []
        if depth > 1 and chance.random() < 0.45:
            for _ in range(chance.randint(1, 3)):
                clauses.append(self.cte(depth - 1, visible, outer))
        if depth > 1 and chance.random() < 0.25:
            text, columns = self.set_operation(depth - 1, visible, outer)
        else:
            text, columns = self.select(depth, visible, outer)
        if clauses:
            recursive = "recursive " if any("/*r*/" in clause for clause in clauses) else ""
            text = f"with {recursive}{', '.join(clauses)} {text}"
        return text, columns

    def cte(self, depth: int, visible: dict[str, list[Column]], outer: list[Item]) -> str:
        """One common table expression; its name may be that of a table that it reads."""
        chance = self.chance
        if chance.random() < 0.12:
            return self.recursive(visible)
        text, columns = self.query(depth, visible, outer)
        shadows = chance.random() < 0.3
        free = [table for table in TABLES if table not in visible]
        name = chance.choice(free) if shadows and free else self.alias("q")
        if chance.random() < 0.3:
            renamed = [Column(f"n{i}", column.kind) for i, column in enumerate(columns)]
            listed = ", ".join(column.name for column in renamed)
            visible[name] = renamed
            return f"{name}({listed}) as ({text})"
        visible[name] = columns
        return f"{name} as ({text})"

    def recursive(self, visible: dict[str, list[Column]]) -> str:
        table = self.chance.choice(["customers", "orders", "regions"])
        if table in visible:
            table = "items"
        if table in visible:
            return self.cte(1, visible, [])
        key = next(iter(TABLES[table]))
        other = self.chance.choice([n for n, k in TABLES[table].items() if k == "i" and n != key])
        name = self.alias("r")
        union = self.chance.choice(["union all", "union all", "union"])
        visible[name] = [Column("k", "i"), Column("v", "i"), Column("level", "i")]
        return (
            f"{name}(k, v, level) as (/*r*/ select {key}, {other}, 0 from {table} {union} "
            f"select s.{key}, p.v + s.{other}, p.level + 1 from {name} as p join {table} as s "
            f"on s.{key} = p.k where p.level < 2)"
        )

    def set_operation(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[str, list[Column]]:
        chance = self.chance
        kinds = [chance.choice("is") for _ in range(chance.randint(1, 3))]
        branches = []
        for _ in range(chance.randint(2, 3)):
            scope = self.sources(min(depth, 2), ctes, outer)[1:]
            text, items = scope
            branch = [self.expression(kind, items, 1, ctes) for kind in kinds]
            branches.append((branch, text, items))
        operators = [
            chance.choice(
                ["union", "union all", "intersect", "except", "union by name", "except all"]
            )
            for _ in branches[1:]
        ]
        if "union by name" in operators:
            operators = ["union all by name"] * len(operators)
        columns = [Column(f"u{i}", kind) for i, kind in enumerate(kinds)]
        pieces = []
        for branch, text, items in branches:
            order = list(range(len(kinds)))
            if operators[0] == "union all by name":
                chance.shuffle(order)
            listed = ", ".join(f"{branch[i]} as u{i}" for i in order)
            if order != list(range(len(kinds))) and not pieces:
                columns = [Column(f"u{i}", kinds[i]) for i in order]
            where = f" where {self.condition(items, 1, ctes)}" if chance.random() < 0.4 else ""
            pieces.append(f"select {listed} from {text}{where}")
        joined = pieces[0]
        for operator, piece in zip(operators, pieces[1:], strict=True):
            joined += f" {operator} {piece}"
        return joined, columns

    def select(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[str, list[Column]]:
        chance = self.chance
        _, text, scope = self.sources(depth, ctes, outer)
        way = chance.random()
        if way < 0.25:
            return self.grouped(text, scope, depth, ctes)
        if way < 0.28 and len(scope.items) == 1 and not scope.merged:
            chosen = self.chosen_columns(text, scope.items[0])
            if chosen is not None and chosen[1]:
                return chosen
        if way < 0.45:
            return self.starred(text, scope, depth, ctes)
        windows: list[str] = []
        kinds = [chance.choice("iiss") for _ in range(chance.randint(1, 4))]
        values: list[str] = []
        names: list[str] = []
        for index, kind in enumerate(kinds):
            if names and kind == "i" and chance.random() < 0.1 and kinds[0] == "i":
                values.append(f"{names[0]} + 1")  # an alias of the same list
            elif chance.random() < 0.2:
                values.append(self.window(kind, scope, ctes))
            elif chance.random() < 0.08:
                value, window = self.frame(kind, scope)
                values.append(value)
                windows.append(window)
            elif depth > 1 and chance.random() < 0.1:
                values.append(self.rare_value(kind, scope, ctes))
            else:
                values.append(self.expression(kind, scope, depth, ctes))
            names.append(f"c{self.count}_{index}")
        self.count += 1
        listed = ", ".join(f"{v} as {n}" for v, n in zip(values, names, strict=True))
        columns = [Column(n, k) for n, k in zip(names, kinds, strict=True)]
        distinct = ""
        if chance.random() < 0.15:
            distinct = "distinct "
        elif chance.random() < 0.06:
            distinct = f"distinct on ({self.column('i', scope)}) "
        where = f" where {self.condition(scope, depth, ctes)}" if chance.random() < 0.5 else ""
        if depth > 1 and chance.random() < 0.08:
            where = f" where {self.rare_condition(scope, ctes)}"
        query = f"select {distinct}{listed} from {text}{where}"
        if windows:
            query += f" window {', '.join(windows)}"
        if chance.random() < 0.12 and not distinct.startswith("distinct on"):
            by = self.column(chance.choice("is"), scope)
            query += (
                f" qualify row_number() over (partition by {by} order by "
                f"{self.total_order(scope)}) = 1"
            )
        if distinct.startswith("distinct on"):
            query += f" order by {self.total_order(scope)}"
        elif chance.random() < 0.15 and not distinct:
            query += f" order by {self.total_order(scope)}"
            if chance.random() < 0.6:
                query += f" limit {chance.randint(1, 4)}"
            elif chance.random() < 0.2 and not ctes:
                query += " limit (select max(weight) from regions)"
        return query, columns

    def starred(
        self, text: str, scope: Scope, depth: int, ctes: dict[str, list[Column]]
    ) -> tuple[str, list[Column]]:
        """``*`` in its forms. Names that several items offer are left to one item's star."""
        chance = self.chance
        item = chance.choice(scope.items)
        shown = self.whole_star(scope) if len(scope.items) > 1 and chance.random() < 0.4 else None
        if shown is not None:
            return f"select * from {text}", shown
        structs = [c.name for c in item.columns if c.kind == "r"]
        if structs and chance.random() < 0.3:
            return f"select {item.alias}.{structs[0]}.* from {text}", [
                Column("x", "i"),
                Column("y", "s"),
            ]
        plain = [c for c in item.columns if c.name not in scope.merged]
        columns = list(plain)
        if not columns or len({c.name for c in columns}) < len(columns):
            value = self.expression("i", scope, 1, ctes)
            return f"select {value} as only from {text}", [Column("only", "i")]
        star = f"{item.alias}.*"
        if len(scope.items) == 1 and not scope.merged and chance.random() < 0.7:
            star = "*"
        hidden = [c.name for c in item.columns if c.name in scope.merged]
        if hidden:
            star += f" exclude ({', '.join(hidden)})"
        elif len(columns) > 1 and chance.random() < 0.3:
            gone = chance.choice(columns)
            columns = [c for c in columns if c is not gone]
            star += f" exclude ({gone.name})"
        elif chance.random() < 0.3:
            changed = next((c for c in columns if c.kind == "i"), None)
            if changed is not None:
                value = self.expression("i", scope, 1, ctes)
                star += f" replace ({value} as {changed.name})"
        elif chance.random() < 0.2:
            changed = columns[0]
            star += f" rename ({changed.name} as rn{self.count})"
            columns[0] = Column(f"rn{self.count}", changed.kind)
            self.count += 1
        more = ""
        if chance.random() < 0.4:
            kind = chance.choice("is")
            name = f"x{self.count}"
            self.count += 1
            more = f", {self.expression(kind, scope, depth, ctes)} as {name}"
            columns = [*columns, Column(name, kind)]
        where = f" where {self.condition(scope, depth, ctes)}" if chance.random() < 0.5 else ""
        return f"select {star}{more} from {text}{where}", columns

    def grouped(
        self, text: str, scope: Scope, depth: int, ctes: dict[str, list[Column]]
    ) -> tuple[str, list[Column]]:
        chance = self.chance
        keys = []
        for _ in range(chance.randint(0, 2)):
            kind = chance.choice("is")
            keys.append((self.simple(kind, scope), kind))
        columns: list[Column] = []
        values: list[str] = []
        for value, kind in keys:
            values.append(f"{value} as g{self.count}")
            columns.append(Column(f"g{self.count}", kind))
            self.count += 1
        for _ in range(chance.randint(1, 3)):
            values.append(f"{self.aggregate(scope, ctes)} as a{self.count}")
            columns.append(Column(f"a{self.count}", "i"))
            self.count += 1
        where = f" where {self.condition(scope, depth, ctes)}" if chance.random() < 0.4 else ""
        group = ""
        if keys:
            way = chance.random()
            listed = ", ".join(value for value, _ in keys)
            if way < 0.25:
                group = " group by all"
            elif way < 0.5:
                group = f" group by {', '.join(str(i + 1) for i in range(len(keys)))}"
            elif way < 0.75:
                group = f" group by {self.grouping([value for value, _ in keys])}"
            else:
                group = f" group by {listed}"
            if chance.random() < 0.3:
                group += f" having {self.aggregate(scope, ctes)} > {chance.randint(0, 3)}"
        return f"select {', '.join(values)} from {text}{where}{group}", columns

    # FROM

    def sources(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[list[Item], str, Scope]:
        chance = self.chance
        scope = Scope(outer=outer)
        text, item = self.source(depth, ctes, outer)
        scope.items.append(item)
        for _ in range(chance.choice([0, 0, 1, 1, 2]) if depth > 0 else 0):
            text = self.joined(text, scope, depth, ctes, outer)
        return scope.items, text, scope

    def joined(
        self,
        text: str,
        scope: Scope,
        depth: int,
        ctes: dict[str, list[Column]],
        outer: list[Item],
    ) -> str:
        chance = self.chance
        way = chance.random()
        if way < 0.08:
            inner, columns = self.lateral(scope, ctes)
            alias = self.alias("l")
            scope.items.append(Item(alias, columns))
            return f"{text} cross join lateral ({inner}) as {alias}"
        lists = [
            f"{item.alias}.{column.name}"
            for item in scope.items
            for column in item.columns
            if column.kind == "l"
        ]
        if way < 0.2 and lists:
            alias = self.alias("e")
            scope.items.append(Item(alias, [Column("tag", "i")]))
            return f"{text}, unnest({chance.choice(lists)}) as {alias}(tag)"
        if way < 0.27:
            return self.beside(text, scope)
        added, item = self.source(depth - 1, ctes, outer)
        if way < 0.33:
            joined = self.natural(text, scope, added, item)
            if joined is not None:
                return joined
        shared = [
            c.name
            for c in item.columns
            if c.kind in "is"
            and sum(o.name == c.name for i in scope.items for o in i.columns) == 1
            and c.name not in scope.merged
            and any(o.name == c.name and o.kind == c.kind for i in scope.items for o in i.columns)
        ]
        if way < 0.35 and shared:
            name = chance.choice(shared)
            side = chance.choice(["join", "left join", "right join", "full join"])
            scope.merged[name] = next(c.kind for c in item.columns if c.name == name)
            scope.items.append(item)
            return f"{text} {side} {added} using ({name})"
        left = scope.items[:]
        if way < 0.45:
            condition = self.join_condition(left, item)
            return f"{text} {chance.choice(['semi', 'anti'])} join {added} on {condition}"
        scope.items.append(item)
        if way < 0.5:
            return f"{text} cross join {added}"
        if way < 0.55:
            return f"{text} positional join {added}"
        side = chance.choice(["join", "join", "left join", "right join", "full join"])
        return f"{text} {side} {added} on {self.join_condition(left, item)}"

    def join_condition(self, left: Sequence[Item], item: Item) -> str:
        for kind in self.chance.sample(["i", "s"], 2):
            ours = [f"{i.alias}.{c.name}" for i in left for c in i.columns if c.kind == kind]
            theirs = [f"{item.alias}.{c.name}" for c in item.columns if c.kind == kind]
            if ours and theirs:
                sign = self.chance.choice(["=", "=", "=", "<"])
                return f"{self.chance.choice(ours)} {sign} {self.chance.choice(theirs)}"
        return "true"

    def lateral(self, scope: Scope, ctes: dict[str, list[Column]]) -> tuple[str, list[Column]]:
        table = self.chance.choice(sorted(TABLES))
        if table in ctes:
            value = self.column("i", scope)
            return f"select {value} + 1 as lv", [Column("lv", "i")]
        key = self.chance.choice([n for n, k in TABLES[table].items() if k == "i"])
        value = self.chance.choice([n for n, k in TABLES[table].items() if k == "i"])
        alias = self.alias("i")
        outside = self.column("i", scope)
        return (
            f"select {alias}.{value} as lv from {table} as {alias} where {alias}.{key} = {outside}",
            [Column("lv", "i")],
        )

    def source(
        self, depth: int, ctes: dict[str, list[Column]], outer: list[Item]
    ) -> tuple[str, Item]:
        chance = self.chance
        alias = self.alias("t")
        if ctes and chance.random() < 0.55:
            name = chance.choice(sorted(ctes))
            return f"{name} as {alias}", Item(alias, list(ctes[name]))
        if depth > 1 and chance.random() < 0.35:
            text, columns = self.query(depth - 1, ctes, [])
            if chance.random() < 0.25:
                renamed = [Column(f"d{i}", column.kind) for i, column in enumerate(columns)]
                listed = ", ".join(column.name for column in renamed)
                return f"({text}) as {alias}({listed})", Item(alias, renamed)
            return f"({text}) as {alias}", Item(alias, columns)
        if chance.random() < 0.04:
            rows = ", ".join(f"({chance.randint(0, 4)}, 'v{i}')" for i in range(3))
            return f"(values {rows}) as {alias}(vi, vs)", Item(
                alias, [Column("vi", "i"), Column("vs", "s")]
            )
        free = [table for table in sorted(TABLES) if table not in ctes]
        if not free:
            name = chance.choice(sorted(ctes))
            return f"{name} as {alias}", Item(alias, list(ctes[name]))
        table = chance.choice(free)
        columns = [Column(name, kind) for name, kind in TABLES[table].items()]
        if chance.random() < 0.06:
            return self.pivoted(table, alias)
        return f"{table} as {alias}", Item(alias, columns)

    def pivoted(self, table: str, alias: str) -> tuple[str, Item]:
        numbers = [n for n, k in TABLES[table].items() if k == "i"]
        one, two = self.chance.sample(numbers, 2)
        texts = [n for n, k in TABLES[table].items() if k == "s"]
        if self.chance.random() < 0.5:
            inner = f"select {texts[0]} as keep, {one}, {two} from {table}"
            return f"(unpivot ({inner}) on {one}, {two} into name un value uv) as {alias}", Item(
                alias, [Column("keep", "s"), Column("un", "s"), Column("uv", "i")]
            )
        inner = f"select {texts[0]} as keep, {one}, {two} from {table}"
        return f"(select * from ({inner}) pivot (sum({two}) for {one} in (1, 2))) as {alias}", Item(
            alias, [Column("keep", "s")]
        )

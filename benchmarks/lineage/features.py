"""What few queries have and many readers of SQL get wrong, written over a scope at random."""

from __future__ import annotations

from benchmarks.lineage.expressions import Column, Expressions, Item, Scope


class Features(Expressions):
    """Pieces of queries: frames, quantifiers, tuples, structs, rows made beside a row."""

    def rare_value(self, kind: str, scope: Scope, ctes: dict[str, list[Column]]) -> str:
        """A value that takes a subquery, a struct or a list on its way."""
        chance = self.chance
        one, two = self.column(kind, scope), self.column(kind, scope)
        other = self.column("i", scope)
        ways = [
            f"({{'p': {one}, 'q': {other}}}).p",
            f"struct_pack(p := {other}, q := {one}).q",
            f"([{one}, {two}])[{chance.randint(1, 2)}]",
            f"([{one}, {two}])[{other} % 2 + 1]",
            f"map {{1: {one}, 2: {two}}}[{chance.randint(1, 2)}]",
            f"case when {self.rare_condition(scope, ctes)} then {one} else {two} end",
            f"greatest({one}, least({two}, {one}))",
            self.field_of_either(kind, scope),
        ]
        if kind == "i":
            _, text, inner = self.sources(1, ctes, [])
            ways += [
                f"(exists (select 1 from {text} where {self.condition(inner, 1, ctes)}))::int",
                f"({other} = all (select {self.column('i', inner)} from {text}))::int",
                f"(select count(*) from {text} where {self.correlation(inner, scope.items)})",
                f"list_sum([e + {two} for e in [{one}, 1] if e > {other}])",
                f"len(list_filter([{one}, {two}], lambda e: e > {other}))",
            ]
        return chance.choice(ways)

    def field_of_either(self, kind: str, scope: Scope) -> str:
        """A field of one of two structs, which name their fields in another order or are stored."""
        chance = self.chance
        one, two = self.column(kind, scope), self.column(kind, scope)
        other = self.column("i", scope)
        first, second = f"{{'p': {one}, 'q': {other}}}", f"{{'q': {other}, 'p': {two}}}"
        ways = [
            f"(case when {other} > 1 then {first} else {second} end).p",
            f"([{first}, {second}])[{chance.randint(1, 2)}].p",
            f"(list_concat([{first}], [{second}]))[2].p",
            f"(select max(u.r.p) from (select {first} as r union all select {second}) as u)",
        ]
        stored = self._of_kind("r", scope)
        if stored:
            struct = chance.choice(stored)
            field = "x" if kind == "i" else "y"
            made = f"{{'y': {self.column('s', scope)}, 'x': {self.column('i', scope)}}}"
            rows = f"select {made} as r union all select {struct}"
            ways += [
                f"coalesce({struct}, {made}).{field}",
                f"(case when {other} > 1 then {made} else {struct} end).{field}",
                f"(select max(u.r.{field}) from ({rows}) as u)",
            ]
        return chance.choice(ways)

    def rare_condition(self, scope: Scope, ctes: dict[str, list[Column]]) -> str:
        """A condition on tuples, with quantifiers or by a pattern."""
        chance = self.chance
        _, text, inner = self.sources(1, ctes, [])
        pair = f"({self.column('i', scope)}, {self.column('s', scope)})"
        listed = f"{self.column('i', inner)}, {self.column('s', inner)}"
        return chance.choice(
            [
                f"{pair} in (select {listed} from {text})",
                f"{pair} not in (select {listed} from {text})",
                f"{self.column('i', scope)} <= all (select {self.column('i', inner)} from {text})",
                f"{self.column('s', scope)} = any (select {self.column('s', inner)} from {text})",
                f"{self.column('s', scope)} ilike '%' || {self.column('s', scope)} || '%'",
                f"{self.column('i', scope)} not between {self.column('i', scope)} and 3",
                f"(select max({self.column('i', inner)}) from {text}) > {self.column('i', scope)}",
            ]
        )

    def frame(self, kind: str, scope: Scope) -> tuple[str, str]:
        """A window function over a named window, and that window."""
        chance = self.chance
        name = self.alias("w")
        by = self.column(chance.choice("is"), scope)
        order = self.total_order(scope)
        value = self.column(kind, scope)
        functions = ["first_value", "last_value", "max", "min", "lag", "any_value"]
        if kind == "i":
            functions += ["sum", "count"]
        written = f"{chance.choice(functions)}({value})"
        if chance.random() < 0.5:
            return f"{written} over {name}", f"{name} as (partition by {by} order by {order})"
        bound = chance.choice(["1 preceding", "unbounded preceding"])
        rows = f"rows between {bound} and current row"
        return f"{written} over ({name} order by {order} {rows})", f"{name} as (partition by {by})"

    def grouping(self, keys: list[str]) -> str:
        """GROUP BY of several sets."""
        listed = ", ".join(keys)
        ways = [f"cube ({listed})", f"rollup ({listed})"]
        ways.append(f"grouping sets (({listed}), ({keys[0]}), ())")
        ways.append(f"grouping sets (({keys[-1]}), ({listed}))")
        return self.chance.choice(ways)

    def beside(self, text: str, scope: Scope) -> str:
        """One more FROM item that is made of the columns of those before it."""
        chance = self.chance
        alias = self.alias("b")
        one, two = self.column("i", scope), self.column("i", scope)
        made, columns = chance.choice(
            [
                (f"lateral (values ({one}, 'v'), ({two}, 'w')) as {alias}(bi, bs)", "is"),
                (f"generate_series(0, {one} % 3) as {alias}(bi)", "i"),
                (f"unnest([{one}, {two}]) as {alias}(bi)", "i"),
                (f"lateral (select {one} + {two} as bi) as {alias}", "i"),
                (
                    f"lateral (select max(z.score) as bi from customers z where z.id = {two}) "
                    f"as {alias}",
                    "i",
                ),
            ]
        )
        offered = [Column(f"b{kind}", kind) for kind in columns]
        scope.items.append(Item(alias, offered))
        return f"{text} cross join {made}"

    def natural(self, text: str, scope: Scope, added: str, item: Item) -> str | None:
        """A NATURAL JOIN, where the names that both sides have are of one type and unambiguous."""
        held = [column for other in scope.items for column in other.columns]
        shared = [column for column in item.columns if column.name in {c.name for c in held}]
        for column in shared:
            same = [other for other in held if other.name == column.name]
            if len(same) != 1 or same[0].kind != column.kind or column.kind not in "is":
                return None
        names = {column.name for column in item.columns}
        if not shared or len(names) < len(item.columns) or scope.merged:
            return None
        scope.merged |= {column.name: column.kind for column in shared}
        scope.items.append(item)
        side = self.chance.choice(["", "left ", "right ", "full "])
        return f"{text} natural {side}join {added}"

    def chosen_columns(self, text: str, item: Item) -> tuple[str, list[Column]] | None:
        """COLUMNS in one of its forms, over the only item."""
        chance = self.chance
        numbers = [column for column in item.columns if column.kind == "i"]
        if len({column.name for column in item.columns}) < len(item.columns) or not numbers:
            return None
        listed = ", ".join(f"'{column.name}'" for column in numbers)
        first = chance.choice(numbers)
        way = chance.random()
        if way < 0.3:
            return f"select columns([{listed}]) from {text}", list(numbers)
        if way < 0.5:
            named = [Column(f"m_{column.name}", "i") for column in numbers]
            return f"select max(columns([{listed}])) as 'm_\\0' from {text}", named
        if way < 0.7:
            found = [c for c in item.columns if first.name in c.name]
            return f"select columns('{first.name}') from {text}", found
        found = [column for column in item.columns if column.name.startswith(first.name[:2])]
        if way < 0.85:
            return f"select columns(c -> c like '{first.name[:2]}%') from {text}", found
        return f"select * like '{first.name[:2]}%' from {text}", found

    def whole_star(self, scope: Scope) -> list[Column] | None:
        """What ``*`` shows of several items, where no name comes twice: merged ones once."""
        shown: list[Column] = []
        names: set[str] = set()
        for item in scope.items:
            for column in item.columns:
                if column.name in names and column.name in scope.merged:
                    continue
                if column.name in names:
                    return None
                names.add(column.name)
                shown.append(column)
        return shown

"""The rewritten statement: queries in the place of tables, guards for groups, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.reading import Uses, parsed
from governance.permissions.native.refusing import Refused
from governance.permissions.native.seen.beside import (
    SAMPLE_QUERIES,
    heirs,
    is_of_another_time,
    is_of_single_rows,
    is_whole_table,
    sought_later,
    taken_inside,
    tells_of_values,
)
from governance.permissions.native.seen.grouping import (
    add_guard,
    guarded_select,
    is_grouped_by,
    tells,
)
from governance.permissions.native.seen.masks import shape_of, type_of
from governance.permissions.native.seen.nested import shown_fields
from governance.permissions.native.seen.rows import places_of_files, places_of_rows, without_schema
from governance.permissions.native.seen.shaping import (
    INNER,
    LOOKUP,
    NoShape,
    Shaping,
    Splice,
    column_effect,
    looked_up,
    nested_paths,
    never_names,
    protected_columns,
    shaped,
    spliced,
)
from governance.permissions.native.tables.binding import (
    Occurrence,
    Place,
    Use,
    occurrences,
    own_name,
)
from governance.permissions.native.types import (
    Asked,
    Catalog,
    Change,
    CheckAnswer,
    FilteredRows,
    GroupLimit,
    KnownDataset,
    MaskedColumn,
    Reason,
    Verdict,
)
from lineage.sql.dialects import DialectRules

_PLAIN_ARGS = frozenset({"this", "db", "catalog", "alias", "joins", "pivots", "sample", "laterals"})
_PARENTS = (
    *(exp.From, exp.Join, exp.Subquery, exp.Pivot, exp.Merge, exp.Delete, exp.Copy),
    exp.Summarize,
)
_NO_WAY = Reason("stricter", "Concord has no way to write this statement over what you see.")
_CALLING_BY_NAME = frozenset({"postgres", "redshift", "materialize", "risingwave"})
"""Those in which `t.f` calls a function with a whole row where no column is called so."""


@dataclass(slots=True)
class Rewriting:
    """See the module. `inner` are tables that are read through views."""

    asked: Asked
    catalog: Catalog
    rules: DialectRules
    place: Place
    decisions: Mapping[int, Decision]
    uses: Uses
    inner: Sequence[KnownDataset] = ()
    limits: list[GroupLimit] = field(default_factory=list)
    guards: list[exp.Expr] = field(default_factory=list)
    looked_up: list[KnownDataset] = field(default_factory=list)
    grouped: list[KnownDataset] = field(default_factory=list)
    named: frozenset[str] = frozenset()
    """Every name in the statement, in lower case: a column of that name is never left out."""
    is_numbered: bool = False
    """Whether the statement asks for the numbers of rows, of which all may be seen."""

    def verdict(self, text: str, *, is_expanded: bool) -> Verdict:
        """The answer for a statement in which nothing denied is used. Raises Refused."""
        tree = self._tree(text)
        found = self._restricted(tree)
        if not is_expanded and self._is_untouched(tree, found):
            return Verdict(CheckAnswer.ALLOW, self.asked.sql)
        self._refuse_places_of_rows(tree, found)
        raw = self._guarded(tree, found)
        inside = [self._taken_inside(one) for one in found]
        if raw is not None or any(inside):
            text = tree.sql(dialect=self.asked.dialect)
            tree = self._tree(text)
            found = self._restricted(tree)
        elif any(is_whole_table(one, text) for one in found) or sought_later(tree):
            return self.verdict(tree.sql(dialect=self.asked.dialect), is_expanded=True)
        self.named = frozenset(one.name.lower() for one in tree.find_all(exp.Identifier))
        kept = raw or [frozenset()] * len(found)
        self.looked_up.clear()
        if len(found) != len(inside):
            raise Refused(_NO_WAY)
        splices = [
            self._splice(one, keys, text, source)
            for one, keys, source in zip(found, kept, inside, strict=True)
        ]
        splices += without_schema(tree, found)
        rewritten, places = spliced(text, splices)
        again = parsed(rewritten, self.rules)
        if isinstance(again, str) or not self._is_closed(again, len(found)):
            raise Refused(_NO_WAY)
        changes = [
            Change(start, end, one.sentence, one.rules)
            for start, end, one in places
            if one.sentence
        ]
        return Verdict(
            CheckAnswer.REWRITE,
            rewritten,
            changes=tuple(sorted([*changes, *self._guards_in(rewritten)], key=_start)),
            masks=self._masks(found),
            filters=self._filters(found),
            limits=tuple(self.limits),
        )

    @property
    def _as(self) -> str:
        """What stands before another name of a table: nothing but a space in Oracle."""
        return " " if self.asked.dialect == "oracle" else " AS "

    def _tree(self, text: str) -> exp.Expr:
        tree = parsed(text, self.rules)
        if isinstance(tree, str):
            raise Refused(Reason("unreadable", f"Concord cannot read this statement. {tree}"))
        return tree

    def _restricted(self, tree: exp.Expr) -> list[Occurrence]:
        """The places that name a table of which something is protected."""
        known = {dataset.id for dataset in self.inner}
        place = Place(self.place.database, self.place.schema, is_inside=bool(known))
        return [
            one
            for one in occurrences(tree, self.catalog, self.rules, place)
            if one.use is Use.READ
            and not one.is_described
            and one.dataset is not None
            and one.dataset.id in self.decisions
            and self.decisions[one.dataset.id].code != "open"
        ]

    def _of(self, one: Occurrence) -> tuple[KnownDataset, Decision]:
        assert one.dataset is not None
        return one.dataset, self.decisions[one.dataset.id]

    def _is_untouched(self, tree: exp.Expr, found: Sequence[Occurrence]) -> bool:
        """Whether nothing protected can be touched, so that the statement may run as it is."""
        if self.uses.unresolved and self.rules.name in _CALLING_BY_NAME:
            return False
        names: set[str] = set()
        if found and places_of_files(tree, _columns_of(found)):
            return False
        for one in found:
            dataset, decision = self._of(one)
            if decision.filters or not decision.everywhere.is_open or not dataset.columns:
                return False
            if one.node.args.get("pivots") or tells_of_values(one.node, self.asked.dialect):
                return False
            if is_of_another_time(one.node):
                return False
            for path in protected_columns(dataset, decision):
                names.add(path)
                names.add(path.partition(".")[0])
        return never_names(tree, names)

    def _refuse_places_of_rows(self, tree: exp.Expr, found: Sequence[Occurrence]) -> None:
        """Where rows are stored tells of those between them, and a query has no such places: but
        where all rows are seen, DuckDB's numbers of them are shown as one more column."""
        columns = _columns_of(found)
        if found and (stored := places_of_files(tree, columns)):
            raise Refused(self._stricter(self._of(found[0])[0], f"Leave out {stored[0].sql()}."))
        asked = places_of_rows(tree, columns)
        of = {node.table.lower() for node in asked}
        meant = [one for one in found if of & {"", one.node.alias_or_name.lower()}]
        self.is_numbered = (
            bool(meant)
            and self.asked.dialect == "duckdb"
            and {node.name.lower() for node in asked} == {"rowid"}
            and not self.inner
            and never_names(tree, ())
        )
        for one in meant:
            dataset, decision = self._of(one)
            if not self.is_numbered or not _shows_all_rows(dataset, decision):
                raise Refused(self._stricter(dataset, f"Leave out {asked[0].name}."))

    # --- groups ---------------------------------------------------------------------------

    def _guarded(self, tree: exp.Expr, found: Sequence[Occurrence]) -> list[frozenset[str]] | None:
        """The columns that each place may read as they are, the guards put into the tree; None
        where no column in use is told in groups only."""
        wanted: dict[int, dict[str, int]] = {}
        whole: dict[int, int] = {}
        for one in found:
            dataset, decision = self._of(one)
            if decision.everywhere.min_group:
                whole[dataset.id] = decision.everywhere.min_group
            used = self.uses.of(dataset)
            wanted[dataset.id] = {
                dataset.name_of(path): decision.effect_on(path).min_group
                for path in used
                if decision.effect_on(path).min_group
            }
        if not any(wanted.values()) and not whole:
            return None
        raw: list[frozenset[str]] = []
        selects: list[exp.Select] = []
        telling: set[int] = set()
        for one in found:
            dataset, _ = self._of(one)
            columns = wanted[dataset.id]
            of_all = dataset.id in whole
            if not columns and not of_all:
                raw.append(frozenset())
                continue
            known = {
                column.name.lower(): shape_of(type_of(column.type, self.asked.dialect))
                for column in dataset.columns
            }
            select = guarded_select(one.node, columns, known, of_all=of_all)
            if not isinstance(select, str) and (of_all or tells(select, columns)):
                if dataset.id in telling:
                    select = "it is told more than once, and what is told can be compared"
                telling.add(dataset.id)
            if isinstance(select, str):
                raise Refused(self._group_reason(dataset, columns, select))
            selects.append(select)
            self.grouped.append(dataset)
            rows = max([*columns.values(), whole.get(dataset.id, 0)])
            is_whole = of_all or is_grouped_by(select, columns)
            self.guards += add_guard(select, columns, rows, of_all=is_whole)
            self.limits += [
                GroupLimit(dataset.name, name, size) for name, size in sorted(columns.items())
            ] or [GroupLimit(dataset.name, "", rows)]
            raw.append(frozenset(map(dataset.path_of, columns)))
        self._refuse_names_outside(tree, selects, {n for c in wanted.values() for n in c}, found)
        return raw

    def _refuse_names_outside(
        self,
        tree: exp.Expr,
        selects: Sequence[exp.Select],
        names: set[str],
        found: Sequence[Occurrence],
    ) -> None:
        """A column of a group that is named outside of the queries that guard it."""
        inside = {id(node) for select in selects for node in select.walk()}
        for node in tree.find_all(exp.Column):
            if id(node) not in inside and node.name.lower() in names:
                dataset, _ = self._of(found[0])
                raise Refused(
                    self._group_reason(dataset, {node.name: 0}, "it is used elsewhere, too")
                )

    def _group_reason(self, dataset: KnownDataset, columns: Mapping[str, int], why: str) -> Reason:
        decision = self.decisions[dataset.id]
        what = f"{', '.join(columns)} of {dataset.name}" if columns else dataset.name
        rules = [r for r in decision.rules if r.rule.group_of]
        said = " ".join(rule.sentence for rule in rules)
        asks = " or ".join(dict.fromkeys(r.rule.ask for r in rules if r.rule.ask))
        return Reason(
            "min_group",
            f"{what} is only told of groups, and {why}. Use SUM, AVG or COUNT over the table"
            f" alone. {said}".strip(),
            dataset.name,
            tuple(columns),
            tuple(rule.key for rule in rules),
            asks,
        )

    # --- places ---------------------------------------------------------------------------

    def _taken_inside(self, one: Occurrence) -> str:
        dataset, decision = self._of(one)
        try:
            return taken_inside(one, self.asked.dialect, is_filtered=bool(decision.filters))
        except NoShape as error:
            raise Refused(self._stricter(dataset, str(error))) from error

    def _splice(self, one: Occurrence, raw: frozenset[str], text: str, inside: str) -> Splice:
        dataset, decision = self._of(one)
        node = one.node
        parent = node.parent
        odd = [key for key, value in node.args.items() if value and key not in _PLAIN_ARGS]
        if odd or not isinstance(parent, _PARENTS):
            raise Refused(
                self._stricter(dataset, "It is read in a way that a filter cannot reach.")
            )
        sample = node.args.get("sample")
        by_row = sample and self.asked.dialect == "duckdb" and is_of_single_rows(sample)
        if sample and decision.filters and not by_row:
            raise Refused(self._stricter(dataset, "A sample tells how many rows are filtered out."))
        if sample and self.asked.dialect not in SAMPLE_QUERIES:
            raise Refused(self._stricter(dataset, "A sample is taken of whole tables only."))
        alias = node.args.get("alias")
        left_out: set[str] = set()
        if self.asked.hide_denied:
            left_out = {
                column.key
                for column in dataset.columns
                if column_effect(decision, column).denied and column.name.lower() not in self.named
            }
        if alias is not None and alias.args.get("columns") and left_out:
            raise Refused(self._stricter(dataset, "Its columns are named by their order."))
        raw |= self._with_open_fields(dataset, decision)
        source = inside or f"{text[one.start : one.end]}{self._as}{INNER}"
        try:
            is_numbered = self.is_numbered and _shows_all_rows(dataset, decision)
            shaping = Shaping(dataset, decision, raw, frozenset(left_out), self._find, is_numbered)
            query = shaped(shaping, source, self.asked.dialect)
        except NoShape as error:
            raise Refused(self._stricter(dataset, str(error))) from error
        if isinstance(parent, exp.Copy) or (alias is not None and alias.this is not None):
            name = ""
        else:
            name = f"{self._as}{own_name(one, text, self.asked.dialect)}"
        return Splice(
            one.start,
            one.end + len(heirs(one, text)),
            f"{'FROM ' if isinstance(parent, exp.Summarize) else ''}{query}{name}",
            _told(dataset, decision),
            tuple(rule.key for rule in decision.rules),
        )

    def _with_open_fields(self, dataset: KnownDataset, decision: Decision) -> frozenset[str]:
        """Columns of which a field is protected that the statement certainly does not touch."""
        found = set()
        for column in dataset.columns:
            paths = nested_paths(decision, column)
            effect = column_effect(decision, column)
            if not paths or not (effect.is_open or effect.denied):
                continue
            if shown_fields(column, "c", decision, self.asked.dialect) is not None:
                continue
            key = column.key
            if not any(u == key or u.startswith(f"{key}.") for u in self.uses.of(dataset)):
                continue
            leaves = {path.rpartition(".")[2] for path in paths}
            tree = self._tree(self.asked.sql)
            if self.inner or not never_names(tree, leaves):
                raise Refused(
                    self._stricter(dataset, f"A field inside {column.name} is protected.")
                )
            found.add(key)
        return frozenset(found)

    def _find(self, parts: tuple[str, ...]) -> KnownDataset | None:
        found = looked_up(self.catalog, self.asked.database, parts)
        if found is not None:
            self.looked_up.append(found)
        return found

    def _is_closed(self, tree: exp.Expr, expected: int) -> bool:
        """Whether every protected table is read inside of a query that stands for it, or by a
        filter in one."""
        found = self._restricted(tree)
        inside = sum(one.node.alias == INNER for one in found)
        looked_up = [one for one in found if one.node.alias == LOOKUP]
        allowed = sum(
            one.id in self.decisions and self.decisions[one.id].code != "open"
            for one in self.looked_up
        )
        is_whole = inside + len(looked_up) == len(found)
        return inside == expected and is_whole and len(looked_up) <= allowed

    def _stricter(self, dataset: KnownDataset, why: str) -> Reason:
        decision = self.decisions[dataset.id]
        return Reason(
            "stricter",
            f"{dataset.name} is protected in part. {why} "
            + " ".join(rule.sentence for rule in decision.rules),
            dataset.name,
            (),
            tuple(rule.key for rule in decision.rules),
            " or ".join(dict.fromkeys(r.rule.ask for r in decision.rules if r.rule.ask)),
        )

    # --- what is told ---------------------------------------------------------------------

    def _datasets(self, found: Sequence[Occurrence]) -> list[tuple[KnownDataset, Decision]]:
        return list({one.dataset.id: self._of(one) for one in found if one.dataset}.values())

    def _guards_in(self, rewritten: str) -> list[Change]:
        rules = tuple(
            dict.fromkeys(
                rule.key
                for one in self.decisions.values()
                for rule in one.rules
                if rule.rule.group_of
            )
        )
        told = []
        for text in dict.fromkeys(one.sql(dialect=self.asked.dialect) for one in self.guards):
            start = rewritten.find(text)
            while start >= 0:
                told.append(Change(start, start + len(text), "Smaller groups are left out.", rules))
                start = rewritten.find(text, start + 1)
        return told

    def _masks(self, found: Sequence[Occurrence]) -> tuple[MaskedColumn, ...]:
        told = []
        for dataset, decision in self._datasets(found):
            for path in self.uses.of(dataset):
                effect = decision.effect_on(path)
                if effect.mask is not None:
                    told.append(MaskedColumn(dataset.name, path, effect.mask, effect.rules))
        return tuple(told)

    def _filters(self, found: Sequence[Occurrence]) -> tuple[FilteredRows, ...]:
        return tuple(
            FilteredRows(dataset.name, one.expression, one.rule)
            for dataset, decision in self._datasets(found)
            for one in decision.filters
        )


def _columns_of(found: Sequence[Occurrence]) -> set[str]:
    """The names of all columns of what is read, in lower case."""
    return {c.name.lower() for one in found if one.dataset for c in one.dataset.columns}


def _told(dataset: KnownDataset, decision: Decision) -> str:
    """What a query in the place of a table does, in a sentence."""
    parts = []
    if decision.filters:
        parts.append("only rows where " + " and ".join(one.expression for one in decision.filters))
    masked = [
        f"{column.name} ({effect.mask})"
        for column in dataset.columns
        if (effect := column_effect(decision, column)).mask is not None and not effect.denied
    ]
    if masked:
        parts.append(f"masked {', '.join(masked)}")
    denied = [c.name for c in dataset.columns if column_effect(decision, c).denied]
    if denied:
        parts.append(f"nothing of {', '.join(denied)}, which is not used")
    return f"{dataset.name}: {'; '.join(parts) or 'what may be seen of it'}."


def _shows_all_rows(dataset: KnownDataset, decision: Decision) -> bool:
    """Whether each row of a table is seen by itself."""
    effects = (decision.everywhere, *decision.columns.values())
    return not dataset.is_view and not decision.filters and not any(e.min_group for e in effects)


def _start(change: Change) -> int:
    return change.start

"""Views over protected data, replaced by what they say, so that the policies of the tables below
hold; a view whose definition is not known is a dataset of its own, with the labels it inherits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.reading import parsed
from governance.permissions.native.refusing import Refused
from governance.permissions.native.seen.beside import is_beside
from governance.permissions.native.seen.masks import name_sql
from governance.permissions.native.seen.rows import without_schema
from governance.permissions.native.seen.shaping import (
    INNER,
    NoShape,
    Shaping,
    Splice,
    protected_columns,
    shaped,
    spliced,
)
from governance.permissions.native.tables.binding import (
    Occurrence,
    Place,
    Use,
    doubtful_functions,
    occurrences,
    own_name,
)
from governance.permissions.native.types import Catalog, Decide, KnownDataset, Reason
from governance.permissions.types import DataAction
from lineage.sql.dialects import DialectRules, rules_of

_DEEPEST = 20


@dataclass(slots=True)
class _Definition:
    """A view's query with what it reads. `columns` are the names that the view gives them."""

    query: exp.Expr
    text: str
    read: list[Occurrence]
    columns: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(slots=True)
class ViewExpansion:
    """See the module."""

    catalog: Catalog
    decide: Decide
    rules: DialectRules
    action: DataAction
    _definitions: dict[int, _Definition | None] = field(default_factory=dict)
    _protected: dict[int, bool] = field(default_factory=dict)

    def protected(self, read: Sequence[Occurrence]) -> list[KnownDataset]:
        """The views among what is read that rest on something protected."""
        return [
            one.dataset
            for one in read
            if one.dataset is not None and one.dataset.is_view and self._rests(one.dataset, 0)
        ]

    def expanded(
        self,
        sql: str,
        tree: exp.Expr,
        read: Sequence[Occurrence],
        decisions: Mapping[int, Decision],
        dialect: str,
    ) -> tuple[str, list[KnownDataset]]:
        """The statement with such views replaced, and the tables that it reads through them.

        Raises Refused for a view that cannot be replaced.
        """
        splices = []
        replaced: list[Occurrence] = []
        inner: dict[int, KnownDataset] = {}
        for one in read:
            if one.dataset is None or not one.dataset.is_view or not self._rests(one.dataset, 0):
                continue
            if is_beside(one.node, dialect):
                raise Refused(
                    Reason("view", f"{one.name} is a view: say which rows of its tables you want.")
                )
            replaced.append(one)
            text = self._query(one.dataset, dialect, inner, 0)
            decision = decisions[one.dataset.id]
            if decision.code != "open" and (
                decision.filters or protected_columns(one.dataset, decision)
            ):
                if any(e.min_group for e in (decision.everywhere, *decision.columns.values())):
                    raise Refused(
                        Reason("view", f"{one.dataset.name} is a view told in groups only.")
                    )
                try:
                    text = shaped(Shaping(one.dataset, decision), f"({text}) AS {INNER}", dialect)[
                        1:-1
                    ]
                except NoShape as error:
                    raise Refused(Reason("stricter", str(error), one.dataset.name)) from error
            splices.append(_in_place(one, f"({text})", sql, dialect))
        splices += without_schema(tree, replaced)
        return spliced(sql, splices)[0], list(inner.values())

    def _rests(self, view: KnownDataset, depth: int) -> bool:
        """Whether a view's definition reads something protected, or what nobody can tell."""
        if view.id in self._protected:
            return self._protected[view.id]
        self._protected[view.id] = False
        definition = self._definition(view)
        found = False
        if definition is not None:
            found = bool(definition.trouble) or depth > _DEEPEST
            found = found or any(self._is_protected(one, depth) for one in definition.read)
        self._protected[view.id] = found
        return found

    def _is_protected(self, one: Occurrence, depth: int) -> bool:
        dataset = one.dataset
        if dataset is None or self.decide(dataset.id, self.action, None).code != "open":
            return True
        return dataset.is_view and self._rests(dataset, depth + 1)

    def _query(
        self, view: KnownDataset, dialect: str, inner: dict[int, KnownDataset], depth: int
    ) -> str:
        definition = self._definition(view)
        assert definition is not None
        unknown = next((one for one in definition.read if one.dataset is None), None)
        if definition.trouble or unknown is not None or depth > _DEEPEST:
            raise Refused(
                Reason(
                    "view",
                    f"Concord cannot tell what the view {view.name} reads.",
                    view.name,
                )
            )
        splices = []
        for one in definition.read:
            dataset = one.dataset
            assert dataset is not None
            if dataset.is_view and self._rests(dataset, depth + 1):
                own = self.decide(dataset.id, self.action, None)
                if own.code != "open":
                    raise Refused(
                        Reason("view", f"{view.name} reads a view that is protected itself.")
                    )
                text = f"({self._query(dataset, dialect, inner, depth + 1)})"
                splices.append(_in_place(one, text, definition.text, self.rules.name))
                continue
            inner[dataset.id] = dataset
            if len(one.node.parts) == 1:
                full = ".".join(name_sql(part, self.rules.name) for part in dataset.parts)
                splices.append(_in_place(one, full, definition.text, self.rules.name))
        text = spliced(definition.text, splices)[0]
        own_dialect = view.definition_dialect or dialect
        tree = parsed(text, rules_of(own_dialect))
        if isinstance(tree, str):
            raise Refused(Reason("view", f"Concord cannot read the view {view.name}.", view.name))
        if own_dialect != dialect:
            text = tree.sql(dialect=dialect)
        if definition.columns:
            names = ", ".join(name_sql(name, dialect) for name in definition.columns)
            text = f"SELECT * FROM ({text}) AS view_rows({names})"  # noqa: S608 - is checked
        return text

    def _definition(self, view: KnownDataset) -> _Definition | None:
        if view.id not in self._definitions:
            self._definitions[view.id] = self._read(view) if view.definition.strip() else None
        return self._definitions[view.id]

    def _read(self, view: KnownDataset) -> _Definition:
        rules = rules_of(view.definition_dialect or self.rules.name)
        tree = parsed(view.definition.strip().rstrip(";"), rules)
        columns: tuple[str, ...] = ()
        if isinstance(tree, exp.Create):
            if isinstance(tree.this, exp.Schema):
                columns = tuple(one.name for one in tree.this.expressions)
            tree = tree.expression if tree.expression is not None else ""
        if isinstance(tree, str) or not isinstance(tree, exp.Query):
            return _Definition(exp.Null(), "", [], trouble="unreadable")
        text = tree.sql(dialect=rules.name or None)
        again = parsed(text, rules)
        if isinstance(again, str):
            return _Definition(exp.Null(), "", [], trouble="unreadable")
        place = Place(view.definition_database, view.definition_schema, is_inside=True)
        read = occurrences(again, self.catalog, rules, place)
        trouble = next((one.trouble for one in read if one.trouble), "")
        doubtful = doubtful_functions(again, rules.name, read, place)
        if doubtful or any(one.use is not Use.READ for one in read):
            trouble = "It calls what may read any data."
        return _Definition(again, text, read, columns, trouble)


def _in_place(one: Occurrence, text: str, within: str, dialect: str) -> Splice:
    """A text in the place of a table, under the name that the statement has for it."""
    is_named = one.node.args.get("alias") or isinstance(one.node.parent, exp.Copy)
    alias = "" if is_named else f" AS {own_name(one, within, dialect)}"
    head = "FROM " if isinstance(one.node.parent, exp.Summarize) else ""
    return Splice(one.start, one.end, f"{head}{text}{alias}")

"""One statement, one answer: allowed, denied, or rewritten so that it runs on what may be seen.

What makes a rewritten statement sound is its construction and not the reading of it: each place
that names a table of which something is protected gets a query instead, which holds what may be
seen of that table. Whatever the rest of the statement does, it does to that. Reading the statement
decides only whether it is refused: because it uses a denied column, which it would find empty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.changes.changing import (
    Met,
    RowChanges,
    indexes_only,
    refuse_denied,
    touches_nothing,
)
from governance.permissions.native.reading import (
    Uses,
    add_beside_items,
    add_pivoted,
    drift,
    merged,
    parsed,
    statements_in,
    told_apart,
    uses_of,
)
from governance.permissions.native.refusing import (
    ERROR_BESIDE_OTHERS,
    LOCKS,
    PLANS,
    Refused,
    denied_dataset,
    not_understood,
    refuse_decision,
    refuse_unless_open,
    unknown_function,
)
from governance.permissions.native.seen.beside import is_whole_table, without_hints
from governance.permissions.native.seen.headers import with_headers
from governance.permissions.native.seen.nested import field_paths
from governance.permissions.native.seen.rewriting import Rewriting
from governance.permissions.native.seen.rows import rows_by_name_alone
from governance.permissions.native.tables.binding import (
    Occurrence,
    Place,
    Use,
    doubtful_functions,
    errors_last,
    fails_beside_others,
    occurrences,
    other_name,
    reads_lists_by_name,
)
from governance.permissions.native.tables.hiding import refuse_what_moves_filters
from governance.permissions.native.tables.kinds import Kind, columns_as_query, emptied_by, kind_of
from governance.permissions.native.tables.made import Made, is_cleared, is_made
from governance.permissions.native.tables.outside import reaches_outside
from governance.permissions.native.tables.told_by_types import refuse_types, types_in
from governance.permissions.native.tables.views import ViewExpansion
from governance.permissions.native.text.characters import (
    doubtful_text,
    unread_characters,
    with_spaces,
)
from governance.permissions.native.text.macros import Macro, kept_as_seen, macro_of
from governance.permissions.native.text.settings import changes_nothing_read
from governance.permissions.native.text.spelling import other_words
from governance.permissions.native.text.without_tables import (
    declares,
    executed,
    is_reset,
    is_sent_by_clients,
    is_upkeep,
    is_upkeep_of_one,
    shows_names,
)
from governance.permissions.native.text.wrapped import Around, Wrapped, wrapped
from governance.permissions.native.together import together
from governance.permissions.native.types import (
    Asked,
    Catalog,
    Change,
    CheckAnswer,
    Decide,
    KnownDataset,
    Notice,
    Reason,
    Verdict,
)
from governance.permissions.types import DataAction
from lineage.sql.dialects import rules_of


def check(asked: Asked, catalog: Catalog, decide: Decide) -> Verdict:
    """The answer to a text of one or more statements; all of them run or none."""
    rules = rules_of(asked.dialect)
    if asked.is_concerned:
        if places := unread_characters(asked.sql, rules):
            plain = check(replace(asked, sql=with_spaces(asked.sql, places)), catalog, decide)
            is_open = plain.answer is CheckAnswer.ALLOW
            return replace(plain, sql=asked.sql) if is_open else plain
        if doubt := doubtful_text(asked.sql, rules.name):
            return _refused(Reason("unreadable", f"Concord cannot read this statement. {doubt}"))
    pieces = statements_in(asked.sql, rules)
    if asked.is_concerned and (doubt := told_apart(asked.sql, pieces, rules)):
        return _refused(Reason("unreadable", f"Concord cannot read this text. {doubt}"))
    if not pieces:
        return _refused(Reason("empty", "There is no statement in the text."))
    met, is_alone = Met(words=Counter(re.findall(r"\w+", asked.sql.lower()))), len(pieces) == 1
    made = Made(catalog, decide, asked, rules.name)
    verdicts = [
        _Check(replace(asked, sql=piece), made, met, is_alone=is_alone).verdict()
        for piece in pieces
    ]
    if met.reasons:
        return _refused(*met.reasons)
    return verdicts[0] if is_alone else together(verdicts, asked)


def _refused(*reasons: Reason) -> Verdict:
    return Verdict(CheckAnswer.DENY, "", reasons)


class _Check:
    """One statement on its way to its answer."""

    def __init__(self, asked: Asked, made: Made, met: Met, *, is_alone: bool) -> None:
        self.asked = asked
        self.is_described = False
        self.made = made
        self.catalog: Catalog = made
        self.decide: Decide = made.decide
        self.met = met
        self.is_alone = is_alone
        self.rules = rules_of(asked.dialect)
        self.place = Place(asked.database, asked.schema)
        self.tree: exp.Expr | None = None
        self.found: list[Occurrence] = []
        self.notices: list[Notice] = []
        self.used: dict[int, tuple[str, ...]] = {}
        self.asked_decisions: dict[int, tuple[KnownDataset, Decision]] = {}
        self.changes = RowChanges(
            made, made.decide, self.rules, self._decision, is_alone, met, asked.database
        )

    def verdict(self) -> Verdict:
        """See the module."""
        try:
            verdict = self._verdict()
        except Refused as refused:
            return replace(
                _refused(*refused.reasons),
                notices=tuple(dict.fromkeys(self.notices)),
                decisions=tuple(self.asked_decisions.values()),
                used=self.used,
            )
        if not self.is_alone:
            self.made.texts.note(self.asked.sql, self.rules)
        if self.tree is not None and not self.is_alone:
            self.made.note(self.tree)
            self.met.written.note(self.tree, self.found)
        return replace(verdict, used=self.used) if self.used else verdict

    def _verdict(self) -> Verdict:
        around = wrapped(self.asked.sql, self.rules.name)
        if around is not None:
            return self._around(around)
        if self._is_of_no_table():
            return self._as_written()
        if self.asked.is_concerned and (forms := macro_of(self.asked.sql, self.rules)):
            return self._macro(forms)
        if self.made.macros.dropped(self.asked.sql, self.rules):
            return self._as_written()
        if called := self.made.macros.put_in(self.asked.sql, self.rules):
            return self._instead(called, "What its macros say is written out.")
        if other := other_words(self.asked.sql, self.rules):
            return self._as_if(other)
        plain = self.made.texts.written_out(self.asked.sql, self.rules)
        if self.asked.is_concerned and plain is not None:
            return self._instead(plain, "What it reads by texts is written out.")
        tree = parsed(self.asked.sql, self.rules)
        if isinstance(tree, str):
            return self._unreadable(tree)
        self.tree = tree.copy()
        kind = kind_of(tree)
        found = self.found = occurrences(tree, self.catalog, self.rules, self.place)
        is_read = self.asked.is_concerned and not self.is_alone
        full = self.made.named_fully(found, self.asked.sql) if is_read else None
        if full is not None:
            return self._instead(full, "It uses temporary tables of this text alone.")
        if is_read and (anew := self.made.made_for_certain(tree, self.asked.sql, self.met.is_used)):
            return self._instead(anew, "It fails where there is a table of its name already.")
        same = emptied_by(tree, self.rules.name) or rows_by_name_alone(tree, found, self.asked.sql)
        if same:
            return self._as_if(same)
        self._tell(found)
        if not self.asked.is_concerned:
            read = [one for one in found if one.dataset is not None and one.use is Use.READ]
            if read:
                self.notices += drift(self._uses_of_written(), read)
            return self._as_written(self._unconcerned(found, kind))
        refuse_what_moves_filters(tree, found, self.asked, self.catalog)
        self.met.change(tree, found, is_alone=self.is_alone)
        self._refuse_what_is_not_followed(tree, kind, found)
        action = DataAction.EXPORT if kind is Kind.EXPORT else DataAction.READ
        text = self.changes.kept_to_seen(tree, found, action)
        if text is not None:
            self.asked = replace(self.asked, sql=text)
            tree = parsed(text, self.rules)
            if isinstance(tree, str):
                return self._unreadable(tree)
            found = occurrences(tree, self.catalog, self.rules, self.place)
        read = [one for one in found if one.use is Use.READ]
        whole = {
            one.dataset.id: self._decision(one.dataset, action, None)
            for one in read
            if one.dataset is not None
        }
        expansion = ViewExpansion(self.catalog, self.decide, self.rules, action)
        read = [one for one in read if not one.is_described]
        views = expansion.protected(read)
        is_open = all(whole[one.dataset.id].code == "open" for one in read if one.dataset)
        if is_open and not views:
            self.notices += drift(self._uses_of_written(), read)
            return self._as_written()
        if kind is Kind.DEFINE and self._reads_nothing_protected(tree, read, whole):
            return self._as_written()
        return self._protected(tree, kind, action, read, expansion)

    def _protected(
        self,
        tree: exp.Expr,
        kind: Kind,
        action: DataAction,
        read: list[Occurrence],
        expansion: ViewExpansion,
    ) -> Verdict:
        """Something that is read is protected."""
        self.made.refuse_what_hides(read)
        other = other_name(tree, self.rules.name)
        if other:
            raise Refused(
                Reason("unresolved", f"{other} stands for a column: write the column's own name.")
            )
        if kind not in (Kind.QUERY, Kind.WRITE, Kind.EXPORT, Kind.VIEW):
            kept = [(one, self.decide(one.dataset.id, action, None)) for one in read if one.dataset]
            refuse_denied(tree, kept)
            refuse_unless_open(
                kept,
                "Only queries are rewritten; this statement would keep or tell more.",
            )
            raise Refused(
                Reason("view", "It reads a view over data that opt-outs protect; query it instead.")
            )
        if self.rules.name == "duckdb" and fails_beside_others(tree):
            ordered = errors_last(tree)
            if ordered is not None:
                return self._as_if(ordered.sql(dialect="duckdb"))
            raise Refused(ERROR_BESIDE_OTHERS)
        if tree.find(exp.Lock) is not None:
            raise Refused(LOCKS)
        names = [one for one in read if is_whole_table(one, self.asked.sql)]
        if without_hints(read) or expansion.protected(names):
            return self._as_if(tree.sql(dialect=self.rules.name))
        query = columns_as_query(self.asked.sql, tree, read, self.asked.dialect)
        if query is not None:
            return self._as_if(query)
        uses = self._uses(self.asked.sql, tree)
        add_pivoted(uses, tree, read)
        self.used |= uses.known
        add_beside_items(uses, tree, read, lambda d, paths: self.decide(d.id, action, paths))
        decisions = {
            one.dataset.id: self._decided(one.dataset, action, uses)
            for one in read
            if one.dataset is not None
        }
        text, inner = expansion.expanded(self.asked.sql, tree, read, decisions, self.asked.dialect)
        if inner:
            uses = merged(uses, self._uses(text, tree))
            self.used |= uses.known
            for dataset in inner:
                decisions[dataset.id] = self._decided(dataset, action, uses, is_inside=True)
        if not uses.is_certain:
            raise Refused(not_understood(uses))
        known = {one.dataset for one in read if one.dataset is not None} | set(inner)
        for dataset in known:
            self.met.written.refuse(dataset, decisions[dataset.id], uses.of(dataset))
        self.notices += drift(uses, read)
        rewriting = Rewriting(
            self.asked, self.catalog, self.rules, self.place, decisions, uses, inner
        )
        verdict = rewriting.verdict(text, is_expanded=bool(inner))
        if verdict.answer is CheckAnswer.REWRITE and not self.changes.is_any:
            named = with_headers(self.asked.sql, tree, self.rules, read, self.decide)
            if named and (called := self._of(named)).answer is CheckAnswer.REWRITE:
                return called
        self.met.looked_up += rewriting.looked_up
        self.met.grouped += rewriting.grouped
        return replace(
            verdict,
            answer=CheckAnswer.REWRITE if self.changes.is_any else verdict.answer,
            changes=(*self.changes.told(verdict.sql), *verdict.changes),
            notices=tuple(dict.fromkeys(self.notices)),
            decisions=tuple(self.asked_decisions.values()),
        )

    def _uses(self, sql: str, tree: exp.Expr) -> Uses:
        if isinstance(tree, exp.Values):
            sql = f"SELECT * FROM ({sql.strip().rstrip(';')}) AS given"  # noqa: S608 - is checked
        return uses_of(sql, self.rules, self.place, self.catalog)

    def _as_if(self, sql: str) -> Verdict:
        """The answer to another text that means the same."""
        found = self._of(sql)
        return replace(found, sql=self.asked.sql) if found.answer is CheckAnswer.ALLOW else found

    def _instead(self, sql: str, sentence: str) -> Verdict:
        """The answer to another text, which is to run in the place of this one."""
        found = self._of(sql)
        if found.answer is CheckAnswer.DENY:
            return found
        told = Change(0, len(found.sql), sentence)
        return replace(found, answer=CheckAnswer.REWRITE, changes=(told, *found.changes))

    def _of(self, sql: str, *, is_described: bool = False) -> Verdict:
        """The answer to another text in the place of this one. `is_described`: no more is told of
        it than the names and types of its columns."""
        other = _Check(replace(self.asked, sql=sql), self.made, self.met, is_alone=self.is_alone)
        other.is_described = is_described or self.is_described
        return other.verdict()

    # --- what is refused ----------------------------------------------------------------

    def _refuse_what_is_not_followed(
        self, tree: exp.Expr, kind: Kind, found: list[Occurrence]
    ) -> None:
        if kind is Kind.UNKNOWN:
            raise Refused(
                Reason("statement", f"What {tree.key.upper()} reads is not known before it runs.")
            )
        is_apart = self.is_alone or changes_nothing_read(tree, self.rules.name, self.place)
        if kind is Kind.SESSION and (not is_apart or tree.find(exp.Query) is not None):
            raise Refused(Reason("session", "It changes the session of the statements beside it."))
        name, knows_all = self.rules.name, self.asked.knows_all
        if said := reaches_outside(tree, self.asked.sql, name):
            raise Refused(Reason("unresolved", said))
        doubtful = doubtful_functions(tree, name, found, self.place, knows_all=knows_all)
        if doubtful or (unfollowed := self.made.macros.unfollowed(self.asked.sql, self.rules)):
            raise Refused(unknown_function(doubtful[0] if doubtful else unfollowed))
        refuse_types(tree.find_all(exp.DataType), found, self.asked, self.catalog)
        if kind is Kind.SESSION:
            return
        if self.rules.name == "clickhouse" and reads_lists_by_name(tree):
            raise Refused(
                Reason("unresolved", "IN reads a table by its name: write a query there.")
            )
        for one in found:
            if one.trouble and not (one.is_list and self.asked.knows_all):
                raise Refused(Reason("unresolved", one.trouble))
            is_absent = self.asked.knows_all and is_cleared(one)
            if one.dataset is None and one.use is not Use.MAKE and not (one.is_list or is_absent):
                raise Refused(
                    Reason("unknown_table", f"The catalog has no table {one.name}.", one.name)
                )

    def _is_of_no_table(self) -> bool:
        """Whether the text names no table, and tells nothing but names where all may be known, or
        what was looked at before."""
        sql, dialect = self.asked.sql, self.rules.name
        is_known = self.asked.knows_all or not self.asked.is_concerned
        return (
            is_upkeep(sql, dialect)
            or declares(sql, dialect)
            or executed(sql, dialect) in self.met.prepared
            or is_reset(sql, dialect, is_alone=self.is_alone)
            or (self.is_alone and is_sent_by_clients(sql, dialect))
            or (is_known and (shows_names(sql, dialect) or is_upkeep_of_one(sql, dialect)))
        )

    def _reads_nothing_protected(
        self, tree: exp.Expr, read: list[Occurrence], whole: dict[int, Decision]
    ) -> bool:
        """Whether a table is made of names alone, or an index of open columns can tell of none."""
        if tree.args.get("clone") or tree.find(exp.Query, exp.PartitionedOfProperty):
            return False
        datasets = {one.dataset.id: one.dataset for one in read if one.dataset is not None}
        return isinstance(tree, exp.Create) and all(
            not dataset.is_view
            and (
                touches_nothing(tree, dataset, whole[dataset.id])
                or (whole[dataset.id].allowed and indexes_only(tree, dataset, whole[dataset.id]))
            )
            for dataset in datasets.values()
        )

    def _decided(
        self, dataset: KnownDataset, action: DataAction, uses: Uses, *, is_inside: bool = False
    ) -> Decision:
        """The decision for the columns in use. Raises Refused where one of them is denied."""
        columns = uses.of(dataset)
        decision = self._decision(dataset, action, columns)
        hides = self.asked.hide_denied and not is_inside
        left = uses.starred(dataset) if hides else set()
        left |= {column.key for column in dataset.columns if self.is_described}
        dialect = self.asked.dialect
        names = [column.key for column in dataset.columns]
        names += [path for column in dataset.columns for path in field_paths(column, dialect)]
        whole = self.decide(dataset.id, action, tuple(dict.fromkeys((*names, *columns))))
        refuse_decision(
            dataset, decision, whole, uses, left, is_inside=is_inside,
            may_know=not is_inside or self.catalog.find(dataset.parts, None, None) is not None,
        )  # fmt: skip
        return whole

    def _decision(
        self, dataset: KnownDataset, action: DataAction, columns: tuple[str, ...] | None
    ) -> Decision:
        decision = self.decide(dataset.id, action, columns)
        if not is_made(dataset.id):
            self.asked_decisions[dataset.id] = (dataset, decision)
        return decision

    # --- what is told ---------------------------------------------------------------------

    def _unreadable(self, why: str) -> Verdict:
        if self.asked.is_concerned:
            raise Refused(Reason("unreadable", f"Concord cannot read this statement. {why}"))
        self.notices.append(Notice("unreadable", f"Concord cannot read this statement. {why}"))
        return self._as_written()

    def _unconcerned(self, found: list[Occurrence], kind: Kind) -> list[Notice]:
        """No opt-out concerns whoever asks; floors do, and so does what is not known."""
        notices = []
        for one in found:
            if one.dataset is None:
                if one.use is not Use.MAKE:
                    notices.append(
                        Notice("unknown_table", f"The catalog has no table {one.name}.", one.name)
                    )
                continue
            action = DataAction.READ if one.use is Use.READ else DataAction.WRITE
            if kind is Kind.EXPORT and one.use is Use.READ:
                action = DataAction.EXPORT
            decision = self._decision(one.dataset, action, None)
            if decision.code != "open":
                raise Refused(denied_dataset(one.dataset, decision, ()))
        return notices

    def _around(self, around: Wrapped) -> Verdict:
        """The answer to the words around a statement is that to the statement; but a plan counts
        all rows, also those that are filtered out."""
        refuse_types(types_in(around, self.rules.name), (), self.asked, self.catalog)
        found = self._of(around.shown, is_described=around.around is Around.TYPES)
        if found.answer is not CheckAnswer.DENY:
            self.met.prepared |= {around.kept_as} - {""}
        if found.answer is CheckAnswer.ALLOW:
            return replace(found, sql=self.asked.sql)
        if found.answer is CheckAnswer.REWRITE and around.around is Around.PLAN:
            return replace(found, answer=CheckAnswer.DENY, sql="", reasons=(PLANS,), changes=())
        if found.answer is CheckAnswer.REWRITE:
            by = len(around.head)
            moved = tuple(replace(c, start=c.start + by, end=c.end + by) for c in found.changes)
            return replace(found, sql=around.head + found.sql + around.tail, changes=moved)
        return found

    def _macro(self, forms: Sequence[Macro]) -> Verdict:
        """The answer to what a macro says; it may be called from here on."""
        kept = kept_as_seen(forms, [self._of(one.as_query) for one in forms], self.asked.sql)
        if kept.answer is not CheckAnswer.DENY:
            self.made.macros.add(forms)
        return kept

    def _tell(self, found: list[Occurrence]) -> None:
        for one in found:
            if one.dataset is not None:
                self.notices += one.dataset.notices(is_read=one.use is Use.READ)

    def _uses_of_written(self) -> Uses:
        uses = uses_of(self.asked.sql, self.rules, self.place, self.catalog)
        self.used |= uses.known
        return uses

    def _as_written(self, notices: list[Notice] | None = None) -> Verdict:
        return Verdict(
            CheckAnswer.REWRITE if self.changes.is_any else CheckAnswer.ALLOW,
            self.asked.sql,
            changes=self.changes.told(self.asked.sql),
            notices=tuple(dict.fromkeys((*self.notices, *(notices or ())))),
            decisions=tuple(self.asked_decisions.values()),
        )

"""From an SQL text to its lineage: split, parse, resolve, and step down where that fails."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from lineage.sql.answers import (
    gathered,
    given_targets,
    resolved,
    scanned_lineage,
    table_lineage,
    without_result,
    without_unknown,
)
from lineage.sql.budget import Budget, BudgetExceededError
from lineage.sql.commands.moves import MOVES_PARTITIONS
from lineage.sql.commands.pipes import DEEPEST_WAYS, piped
from lineage.sql.commands.reading import SPECIAL, command_of, is_anonymous, is_quiet
from lineage.sql.commands.texts import formatted
from lineage.sql.commands.triggers import triggered_by
from lineage.sql.commands.words import (
    UNKNOWN,
    Command,
    Inner,
    Move,
    MoveKind,
    Words,
    joined_text,
)
from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, tokens, without_comments
from lineage.sql.parsing.clauses import cut_of
from lineage.sql.parsing.parse import parse
from lineage.sql.resolving.chosen_columns import may_choose
from lineage.sql.resolving.relations import OpenRelation, OutputColumn, Relation, renamed
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.structs import may_build
from lineage.sql.resolving.unfolding import may_unfold
from lineage.sql.routines.bodies import parts_of
from lineage.sql.schema import SchemaProvider
from lineage.sql.session import Session
from lineage.sql.spelling import rules_for
from lineage.sql.splitting.run_on import run_on
from lineage.sql.splitting.split import split
from lineage.sql.statements.dispatch import Given, is_followed, statement_type, writes_of
from lineage.sql.statements.effects import apply_effects, dropped_tables
from lineage.sql.statements.writes import Write, filled
from lineage.sql.table_level import tables_of
from lineage.sql.token_scan import token_scan
from lineage.types import ScriptLineage, StatementLineage, TableName

logger = logging.getLogger(__name__)

DEEPEST = 6
"""Statements inside statements: a block in a procedure in an EXECUTE IMMEDIATE, and so on."""
_ADDS = re.compile(r"(\s*@\w+\s*\+)=")
"""The beginning of ``@a += b``, of which ``@a + b`` is left."""
_FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*+([A-Za-z_]+)", re.DOTALL)
_HOLDER = re.compile(
    r"\b(?:PROC|PROCEDURE|FUNCTION|MACRO|TRIGGER|TASK|PIPE|ALERT|EVENT|STREAM|PACKAGE|RULE|JOB|SYNONYM|SINK"
    r"|FLOW|PIPELINE|VDS|SOURCE|CONNECTION|SECRET|SCRIPT|WINDOW\s+VIEW|ROUTINE\s+LOAD)\b|\bEXTERNAL\s+TABLE\s+'",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"\bORGANIZATION\s+EXTERNAL\b", re.IGNORECASE)
_MODIFIES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|TRUNCATE)\b", re.IGNORECASE)
_SELECTING = "SELECT "
_BYTE_ORDER_MARK = "\ufeff"
"""What editors write before a text, and scripts that are put together keep inside."""
_HEAD = 200
"""Characters of a CREATE within which its kind must stand."""
_ROUTINE = re.compile(
    r"\s*(?:CREATE|ALTER)\s+(?:OR\s+\w+\s+)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER|VIEW)\b",
    re.IGNORECASE,
)


def analyze(
    sql: str,
    *,
    dialect: str,
    schema: SchemaProvider | None = None,
    default_database: str | None = None,
    default_schema: str | None = None,
    target: TableName | None = None,
    target_columns: Sequence[str] | None = None,
    portable: bool = False,
    trees: Mapping[str, exp.Expr] | None = None,
) -> ScriptLineage:
    """The lineage of every statement of a script. Never raises for what the text contains.

    ``dialect`` is a catalog platform or an sqlglot dialect; an unknown one is read as standard
    SQL. ``default_database`` and ``default_schema`` complete table names; ``schema`` is asked
    for completed names. ``target`` is the view or model that a bare SELECT defines, and
    ``target_columns`` its columns in order.

    Names come back with their case folded: in lower case unless they were quoted (or, where an
    engine stores unquoted names in upper case, quoted in another case than that); in engines
    that ignore case always in lower case, in those that never do as written, unless
    ``portable`` asks for lower case there, too. ``trees`` are what ``parse`` made of statements of
    the text; they are taken apart on the way.
    """
    rules = rules_for(sql, dialect, portable=portable)
    session = Session(rules, schema, default_database, default_schema)
    columns = tuple(target_columns) if target_columns is not None else None
    return read_script(sql, session, Given(target, columns), trees)


def read_script(
    sql: str,
    session: Session,
    given: Given = Given(),  # noqa: B008
    trees: Mapping[str, exp.Expr] | None = None,
) -> ScriptLineage:
    """The statements of a text in one session, which goes on after them."""
    sql = sql.replace(_BYTE_ORDER_MARK, " ")
    pieces = _pieces(sql, session.rules)
    texts = [piece.sql for piece in pieces]
    first = session.statement
    before = len(session.moves)
    for index, table in dropped_tables(texts, session):
        session.doomed.setdefault(table, []).append(first + index)
    if session.rules.name == "postgres":
        session.triggered |= triggered_by(texts, session)
    reader = _Reader(session, trees or {})
    statements = []
    for piece in pieces:
        statements.append(reader.read_piece(piece, given))
        session.keep_result(reader.shown(statements[-1]))
        session.statement += 1
    session.doomed.clear()
    moves = tuple(replace(m, statement=m.statement - first) for m in session.moves[before:])
    internal = tuple(table for table in session.internal)
    return ScriptLineage(tuple(statements), moves, internal)


def statements_of(sql: str, rules: DialectRules) -> list[str]:
    """The statements of a script. T-SQL needs no semicolons between them."""
    return [piece.sql for piece in _pieces(sql, rules)]


def _pieces(sql: str, rules: DialectRules) -> list[Inner]:
    """The statements of a script, and the values that T-SQL gives to variables between them."""
    pieces = split(sql, rules)
    if rules.name not in ("tsql", "fabric"):
        return [Inner(part, 0) for piece in pieces for part in _apart(piece, rules)]
    found: list[Inner] = []
    for piece in pieces:
        parts = [] if _ROUTINE.match(piece) else parts_of(piece, rules)
        found += [
            Inner(piece[part.start : part.end], 0, part.record, part.branched, part.loops)
            for part in parts
        ] or [Inner(piece, 0)]
    return found


def _apart(piece: str, rules: DialectRules) -> list[str]:
    """The statements of a piece that is none, as nothing ends those before its last."""
    parts = run_on(piece, rules)
    if not parts or parse(piece, rules)[0] is not None:
        return [piece]
    return parts if all(parse(part, rules)[0] is not None for part in parts) else [piece]


class _Reader:
    """Reads statements one after the other in a session."""

    def __init__(self, session: Session, trees: Mapping[str, exp.Expr]) -> None:
        self.session = session
        self.trees = dict(trees)
        self.rules = session.rules
        self.last: list[Write] = []
        self.collected: list[Write] | None = None
        """Those whose rows went into variables."""

    def read_piece(self, piece: Inner, given: Given) -> StatementLineage:
        """A statement of a script, or the value that a variable gets there."""
        self.session.branched = piece.branched
        if not piece.record:
            try:
                return self.read(piece.sql, given)
            except Exception:  # reading by words is no better than the words; the script goes on
                logger.exception("lineage_statement_failed")
                reason = "Reading this statement failed; its tables come from its words."
                scanned = token_scan(piece.sql, self.rules)
                return scanned_lineage(piece.sql, scanned, self.session, given, reason)
        known = self._assigned(piece, 0)
        return known if known is not None else gathered(piece.sql, "SET", [])

    def shown(self, lineage: StatementLineage) -> Relation | None:
        """The rows that a query showed, if the last statement was one."""
        if lineage.statement_type != "SELECT":
            return None
        write = next((write for write in self.last if write.target is None), None)
        return write.as_relation() if write is not None else None

    def read(self, sql: str, given: Given, depth: int = 0) -> StatementLineage:
        self.last = []
        hit = _FIRST_WORD.match(sql)
        verb = hit.group(1).upper() if hit is not None else ""
        if hit is not None and verb == "PERFORM":  # PL/pgSQL's SELECT, of the same length
            rest = sql[hit.end(1) :]
            modifies = _MODIFIES.match(rest)  # so does Vertica's
            verb = modifies.group(1).upper() if modifies is not None else "SELECT"
            sql = f"{sql[: hit.start(1)]}{'       ' if modifies is not None else 'SELECT '}{rest}"
        if verb in SPECIAL and depth < DEEPEST and self._may_be_special(verb, sql):
            command = command_of(sql, self.rules, self.session)
            if command is not None:
                return self._command(sql, command, given, depth)
        if "|>" in sql and depth <= DEEPEST_WAYS:
            command = piped(sql, self.rules)
            if command is not None:
                return self._command(sql, command, given, depth)
        cut = cut_of(sql, self.session)
        text = cut.sql if cut is not None else sql
        tree, reason = self.trees.pop(text, None), ""
        if tree is None:
            tree, reason = parse(text, self.rules)
        if tree is not None and cut is not None:
            cut.finish(tree)
            if cut.target is not None:
                given = Given(cut.target)
            lineage = self._tree(sql, tree, given)
            adds = self.session.branched
            self._fill_variables(cut.variables, adds=adds, by_row=cut.collects)
            if cut.routines and depth < DEEPEST:
                return self._with_routines(sql, lineage, cut.routines, depth)
            return without_result(lineage) if cut.variables else lineage
        if tree is not None:
            return self._tree(sql, tree, given)
        if is_quiet(verb, sql):
            return gathered(sql, verb, [])
        bare = without_comments(sql, self.rules)
        if bare != sql:  # many a form is told by words that a comment may part
            return replace(self.read(bare, given, depth), sql=sql)
        scanned = token_scan(sql, self.rules)
        return scanned_lineage(sql, scanned, self.session, given, reason)

    def _with_routines(
        self,
        sql: str,
        lineage: StatementLineage,
        routines: Sequence[tuple[int, str]],
        depth: int,
    ) -> StatementLineage:
        """A query with the functions that stand before it and that it may call."""
        last = self.last
        lead = "CREATE "
        inner = [
            (start - len(lead), without_result(self.read(lead + text, Given(), depth + 1)))
            for start, text in routines
        ]
        self.last = last
        return gathered(sql, lineage.statement_type, [(0, lineage), *inner])

    def _may_be_special(self, verb: str, sql: str) -> bool:
        if verb == "CREATE":
            outside = self.rules.name == "oracle" and _OUTSIDE.search(sql) is not None
            return outside or _HOLDER.search(sql, 0, _HEAD) is not None
        if verb == "WITH":
            return self.rules.name == "snowflake" and is_anonymous(sql)
        if verb == "SELECT":
            return MOVES_PARTITIONS.match(sql) is not None
        if verb == "UPDATE":
            return self.rules.name == "teradata"
        return verb != "INSERT" or self.rules.name in ("tsql", "fabric")

    def _tree(self, sql: str, tree: exp.Expr, given: Given) -> StatementLineage:
        resolver = Resolver(self.session, Budget())
        resolver.chooses = may_choose(sql, self.rules.name)
        resolver.unfolds = may_unfold(sql)
        self.session.builds = self.session.builds or may_build(sql)
        resolver.builds = self.session.builds
        reason = ""
        if not is_followed(tree):
            reason = f"{statement_type(tree)} statements are followed to their tables only."
            return self._tables(sql, tree, resolver, given, reason)
        try:
            writes = writes_of(resolver, tree, given)
            apply_effects(self.session, tree, writes)
            self.last = writes
            return resolved(sql, statement_type(tree), resolver, writes)
        except BudgetExceededError as error:
            reason = str(error)
        except RecursionError:
            reason = "Column lineage was given up because queries are nested too deeply."
        except Exception:  # an unforeseen tree costs its columns, never the script
            logger.exception("lineage_columns_failed")
            reason = "Column lineage failed on this statement; its tables are complete."
        return self._tables(sql, tree, resolver, given, reason)

    def _tables(
        self, sql: str, tree: exp.Expr, resolver: Resolver, given: Given, reason: str
    ) -> StatementLineage:
        sources, targets = tables_of(tree, resolver)
        kind = statement_type(tree)
        return table_lineage(sql, kind, sources, targets or given_targets(given), reason)

    def _fill_variables(self, names: Sequence[str], *, adds: bool, by_row: bool = False) -> None:
        """Variables take what the last statement shows."""
        shown = next((write for write in self.last if write.target is None), None)
        if names and shown is not None:
            self.session.assign(names, shown.as_relation(), adds=adds, by_row=by_row)
            self.collected = self.last

    def _assigned(self, piece: Inner, depth: int) -> StatementLineage | None:
        """Reads the value that variables get; None where no table is behind it."""
        session = self.session
        if (adds := _ADDS.match(piece.sql)) is not None:
            piece = replace(piece, sql=f"{adds.group(1)} {piece.sql[adds.end() :]}")
        found = [t for t in tokens(piece.sql, self.rules) if t.kind is not Kind.COMMENT]
        literal = joined_text(found, self.rules, session.texts)
        if literal is None and [t.text.lower() for t in found[:2]] == ["format", "("]:
            made = formatted(Words(piece.sql, found, self.rules, session), 2)
            literal = made.sql if made is not None else None
        for name in piece.record:
            session.texts.pop(name, None)
            if literal is not None and len(piece.record) == 1:
                session.texts[name] = literal
        cursor = session.records.get(found[0].text.lower()) if found else None
        if found and found[0].word == "LAST_QUERY_ID":
            cursor = session.result("".join(token.text for token in found[2:-1]) or "-1")
        if cursor is not None and (len(found) == 1 or found[1].text == "("):
            session.assign(piece.record, cursor, adds=False, by_row=piece.loops)
            return None
        first = next((token.word for token in found if token.text != "("), "")
        known = {token.text.lower().lstrip(":$") for token in found} & session.records.keys()
        if first not in ("SELECT", "WITH", "VALUES", "TABLE", "FROM"):
            if not known and not any(token.word == "SELECT" for token in found):
                if not piece.branched:
                    for name in piece.record:
                        session.forget(name)
                return None
            start = None if piece.start is None else piece.start - len(_SELECTING)
            piece = replace(piece, sql=_SELECTING + piece.sql, start=start)
        lineage = self.read(piece.sql, Given(), depth + 1)
        self._fill_variables(piece.record, adds=piece.branched, by_row=piece.loops)
        shown = without_result(lineage)
        return shown if lineage.sources_read or lineage.reason else None

    def _command(self, sql: str, command: Command, given: Given, depth: int) -> StatementLineage:
        lineages: list[tuple[int | None, StatementLineage]] = []
        if command.moves:
            lineages.append((0, self._moves(sql, command)))
        inside = Given(command.target) if command.target is not None else Given()
        if depth == 0 and command.kind in ("EXPLAIN", "DECLARE", "BEGIN", "DO"):
            inside = given
        lineages += self._inner(command, inside, depth)
        if command.source is not None or (command.target is not None and not command.inner):
            loaded = Write(command.target)
            resolver = Resolver(self.session, Budget())
            if command.source is not None:
                resolver.read(command.source)
                loaded.sources.add(command.source)
            lineages.append((0, resolved(sql, command.kind, resolver, [loaded])))
        lineage = gathered(sql, command.kind, lineages, command.reason, command.calls)
        assembled = any(UNKNOWN in inner.sql for inner in command.inner)
        return without_unknown(lineage) if assembled else lineage

    def _inner(
        self, command: Command, inside: Given, depth: int
    ) -> list[tuple[int | None, StatementLineage]]:
        """The statements inside of one, with where they begin."""
        lineages: list[tuple[int | None, StatementLineage]] = []
        session = self.session
        runs_text = command.kind.startswith("EXECUTE")
        with session.within(is_routine=command.procedural, runs_text=runs_text) as guests:
            session.variables |= command.variables
            session.record_fields = {**session.record_fields, **command.record_fields}
            if runs_text and command.inner:
                session.variables = set()  # a text that is run sees none of the names around it
            guests.rows += self._show_row(command.row_of, command.row_names)
            guests.handed += self._show_parameters(command.row_sets)
            if command.fetched is not None:
                cursor, names = command.fetched
                if cursor in session.records:
                    session.assign(names, session.records[cursor], adds=True, by_row=True)
            for inner in command.inner:
                session.branched = inner.branched
                if not inner.record:
                    lineages.append((inner.start, self.read(inner.sql, inside, depth + 1)))
                    continue
                known = self._assigned(inner, depth)
                if known is not None:
                    lineages.append((inner.start, known))
            if command.defines is not None:
                self._define(command.defines, command.defined_columns)
        return lineages

    def _define(self, name: TableName, columns: Sequence[str]) -> None:
        """A function of the session returns what its query, the last one in it, shows."""
        shown = next((write for write in self.last if write.target is None), None)
        if shown is not None and name.parts:
            relation = shown.as_relation()
            if self.last is self.collected:  # only its variables tell what it returns
                relation = Relation(known=False, upstream=[relation])
            elif relation.known and len(columns) == len(relation.expanded()):
                relation = renamed(relation, columns)
            self.session.functions[name] = relation

    def _show_row(self, table: TableName | None, names: Sequence[str]) -> list[TableName]:
        """Let a trigger's statements read the row at hand; the names that hide again after it."""
        if table is None:
            return []
        row = Resolver(self.session, Budget()).base_table(table)
        if self.rules.name not in ("tsql", "fabric"):
            self.session.records |= dict.fromkeys(("new", "old", *names), row)
            tables = [self.session.complete([name]) for name in names]  # of all rows at once
            self.session.temporary |= dict.fromkeys(tables, row)
            return tables
        hidden = [self.session.complete([name]) for name in ("inserted", "deleted")]
        self.session.temporary |= dict.fromkeys(hidden, row)
        return hidden

    def _show_parameters(self, tables: Mapping[str, tuple[str, ...] | None]) -> list[TableName]:
        """Let a function's query read the tables that it is handed, which a call names."""
        shown: list[TableName] = []
        for name, columns in tables.items():
            table = self.session.complete([self.rules.table(name, False)])
            listed = [OutputColumn(column, {}) for column in columns or ()]
            self.session.temporary[table] = Relation(listed, known=columns is not None)
            shown.append(table)
        return shown

    def _moves(self, sql: str, command: Command) -> StatementLineage:
        resolver = Resolver(self.session, Budget())
        writes = []
        for source, target in _pairs(command.moves):
            if source.parts and target.parts and not self.session.is_doomed(target):
                write = filled(target, resolver.read(source), None)
                write.unknown = []
                writes.append(write)
        if command.is_temporary and writes:
            files = [write.as_relation() for write in writes]
            rows = OpenRelation(known=False, upstream=files, behind=files)
            self.session.replace_table(command.moves[0].target, rows, temporary=True)
        lineage = resolved(sql, command.kind, resolver, writes)
        for move in command.moves:
            if move.kind is MoveKind.RENAME:
                self.session.rename(move.source, move.target)
            elif move.kind is MoveKind.SWAP:
                self.session.swap(move.source, move.target)
        return lineage


def _pairs(moves: Sequence[Move]) -> list[tuple[TableName, TableName]]:
    """Sources with targets; a name that a rename only passes through is neither."""
    pairs: list[tuple[TableName, TableName]] = []
    came: dict[TableName, TableName] = {}
    for move in moves:
        if move.kind is MoveKind.RENAME:
            came[move.target] = came.pop(move.source, move.source)
        else:
            pairs.append((move.source, move.target))
        if move.kind is MoveKind.SWAP:
            pairs.append((move.target, move.source))
    return pairs + [(source, target) for target, source in came.items()]

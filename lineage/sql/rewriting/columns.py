"""A statement as it has to read after a column that it names was dropped, renamed or retyped.

Only the words that name the column change; layout and comments stay. The text that comes out is
read again and compared with what was read before: what cannot be shown to mean the same is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from lineage.sql.analysis import analyze, statements_of
from lineage.sql.dialects import dialect_of, rules_of
from lineage.sql.parsing.parse import parse
from lineage.sql.rewriting.mentions import Mention, Role, mentions_of
from lineage.sql.rewriting.outputs import output_edits
from lineage.sql.schema import SchemaProvider
from lineage.sql.session import Session
from lineage.types import ColumnChange, EdgeKind, TableName


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a column. ``to`` is the new name of a rename, the new type of a retype;
    ``type`` is the type that it has had, which readers keep."""

    kind: ColumnChange
    column: str
    to: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A statement with what is needed to read it; ``is_table`` knows the changed table."""

    sql: str
    dialect: str
    schema: SchemaProvider | None
    default_database: str | None
    default_schema: str | None
    is_table: Callable[[TableName], bool]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """``sql`` after the change, equal to the text before where nothing could be done.

    ``places`` counts the edits. ``doubts`` are what a person has to decide, one sentence each;
    without any, ``checked`` says that the new text was read again and means the same. ``is_named``
    is False where nothing in the text is, or may be, the column.
    """

    sql: str
    places: int
    doubts: tuple[str, ...] = ()
    checked: bool = False
    is_named: bool = True


@dataclass(slots=True)
class Edits:
    """Replacements of ``[start:end]`` in one text."""

    made: list[tuple[int, int, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def replace(self, start: int, end: int, text: str) -> None:
        self.made.append((start, end, text))

    def applied(self, sql: str) -> str:
        for start, end, text in sorted(self.made, reverse=True):
            sql = sql[:start] + text + sql[end:]
        return sql


def rewrite_reader(text: Text, change: Change) -> Rewrite:
    """A statement that reads the column, so that its result keeps its columns and types."""

    def edit(tree: exp.Expr, piece: str, session: Session, edits: Edits) -> None:
        mentions = mentions_of(tree, piece, session, change.column, text.is_table)
        edits.doubts += mentions.doubts
        for mention in mentions.found:
            _edit(mention, piece, session, change, edits)
        if mentions.stars:
            edits.doubts.append(_STARS[change.kind].format(change.column, change.to))

    edits = _edited(text, edit)
    return _finished(text, change, edits)


def rewrite_definition(text: Text, change: Change) -> Rewrite:
    """The statement that makes the table itself, so that its result has the changed column."""

    def edit(tree: exp.Expr, piece: str, session: Session, edits: Edits) -> None:
        name = _written(change.to, session, False)
        replacements, doubts = output_edits(
            tree, piece, session.rules, change.column, change.kind, name, change.to
        )
        edits.made += replacements
        edits.doubts += doubts

    edits = _edited(text, edit)
    return Rewrite(edits.applied(text.sql), len(edits.made), tuple(dict.fromkeys(edits.doubts)))


_PHRASES = frozenset(
    "ALTER BY CLUSTER CREATE DROP FOR FROM GROUP IN IS NOT ON ORDER SORT TO".split()
)
"""Reserved words that the tokenizer knows only as parts of phrases such as ORDER BY."""
_STARS = {
    ColumnChange.DROP: "SELECT * hands {0} on: its readers lose the column as well.",
    ColumnChange.RENAME: "SELECT * hands the new name {1} on: its readers see no {0} any more.",
    ColumnChange.RETYPE: "SELECT * hands the new type {1} of {0} on.",
}


def _edited(text: Text, edit: Callable[[exp.Expr, str, Session, Edits], None]) -> Edits:
    rules = rules_of(dialect_of(text.dialect))
    session = Session(rules, text.schema, text.default_database, text.default_schema)
    whole, position = Edits(), 0
    for piece in statements_of(text.sql, rules):
        start = text.sql.find(piece, position)
        tree, reason = parse(piece, rules)
        if tree is None or start < 0:
            whole.doubts.append(f"A statement was not understood: {reason}")
            continue
        position = start + len(piece)
        edits = Edits()
        edit(tree, piece, session, edits)
        whole.doubts += edits.doubts
        whole.made += [(start + begin, start + end, new) for begin, end, new in edits.made]
    return whole


def _edit(mention: Mention, sql: str, session: Session, change: Change, edits: Edits) -> None:
    kept = f" AS {sql[mention.name_start : mention.end]}" if mention.role is Role.ITEM else ""
    if change.kind is ColumnChange.RENAME:
        edits.replace(
            mention.name_start, mention.end, _written(change.to, session, mention.quoted) + kept
        )
    elif change.kind is ColumnChange.RETYPE:
        reference = sql[mention.start : mention.end]
        edits.replace(mention.start, mention.end, f"CAST({reference} AS {change.type}){kept}")
    elif mention.role is Role.PART:
        line = sql.count("\n", 0, mention.start) + 1
        edits.doubts.append(
            f"Line {line}: {mention.clause} uses {change.column} in an expression;"
            " decide what shall stand there instead."
        )
    else:
        nothing = f"CAST(NULL AS {change.type})" if change.type else "NULL"
        edits.replace(mention.start, mention.end, nothing + kept)


def _written(name: str, session: Session, quoted: bool) -> str:
    """A name as the dialect writes it; quoted where it must be, or where the old one was."""
    dialect = session.rules.name or None
    if not quoted and name:
        try:
            tokens = Dialect.get_or_raise(dialect).tokenize(name)
            is_word = len(tokens) == 1 and tokens[0].token_type is TokenType.VAR
            plain = is_word and name.upper() not in _PHRASES
        except SqlglotError:
            plain = False
        quoted = not plain
    return exp.to_identifier(name, quoted=quoted).sql(dialect) if name else ""


def _finished(text: Text, change: Change, edits: Edits) -> Rewrite:
    sql = edits.applied(text.sql)
    doubts = list(dict.fromkeys(edits.doubts))
    checked = False
    is_named = bool(doubts or edits.made)
    if not doubts and edits.made:
        checked = _edges(text, text.sql, text.schema, change) == _edges(
            text, sql, _changed_schema(text, change), change
        )
        if not checked:
            doubts.append("Read again, the new text does not mean quite the same; look at it.")
    elif not doubts:
        doubts.append("No place was found that names the column; look at it.")
    return Rewrite(sql, len(edits.made), tuple(doubts), checked, is_named)


def _edges(
    text: Text, sql: str, schema: SchemaProvider | None, change: Change
) -> set[tuple[object, ...]]:
    """What a text depends on, without what the change itself makes different."""
    script = analyze(
        sql,
        dialect=text.dialect,
        schema=schema,
        default_database=text.default_database,
        default_schema=text.default_schema,
    )
    found: set[tuple[object, ...]] = set()
    for number, statement in enumerate(script.statements):
        found.add((number, statement.status, statement.output_columns, statement.unresolved))
        ends = [
            (edge.source_table, edge.source_column, edge.target_column, edge.kind, edge.subtype)
            for edge in statement.column_edges
        ] + [
            (edge.source_table, edge.source_column, "", EdgeKind.INDIRECT, edge.subtype)
            for edge in statement.indirect_edges
        ]
        for table, column, target, kind, subtype in ends:
            is_it = text.is_table(table) and column.casefold() in {
                change.column.casefold(),
                change.to.casefold() if change.kind is ColumnChange.RENAME else "",
            }
            if is_it and change.kind is ColumnChange.DROP:
                continue
            how = None if is_it and change.kind is ColumnChange.RETYPE else subtype
            if is_it and how is None and kind is EdgeKind.INDIRECT:
                how = subtype
            found.add((number, table, "*" if is_it else column, target, kind, how))
    return found


class _ChangedSchema:
    """The schema as it is after the change."""

    def __init__(self, text: Text, change: Change) -> None:
        self._text = text
        self._change = change

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """See SchemaProvider."""
        names = self._text.schema.columns_of(table) if self._text.schema else None
        if names is None or not self._text.is_table(table):
            return names
        old, change = self._change.column.casefold(), self._change
        if change.kind is ColumnChange.DROP:
            return [name for name in names if name.casefold() != old]
        if change.kind is ColumnChange.RENAME:
            return [change.to if name.casefold() == old else name for name in names]
        return names


def _changed_schema(text: Text, change: Change) -> SchemaProvider | None:
    return _ChangedSchema(text, change) if text.schema is not None else None

"""Laws that hold for every query, tried on generated ones."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.sql import Session, analyze, read_script
from lineage.sql.dialects import rules_of
from lineage.sql.fingerprint import fingerprint
from lineage.sql.lexer import Kind, tokens
from lineage.types import ColumnEdge, ConfidenceReason, IndirectDatasetEdge, StatementLineage
from tests.lineage.sql.reading import Tables, lines, statement

TABLES = {"t": "a b c", "u": "a d e", "s.v": "f g"}
Named = tuple[str, list[str]]
"""A query's text and the names of its columns."""


class Writer:
    """Writes valid queries over ``TABLES``; one seed gives one query."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.aliases = 0

    def source(self, depth: int) -> Named:
        """A FROM item under an alias of its own, and the qualified columns it offers."""
        alias = f"x{self.aliases}"
        self.aliases += 1
        if depth and self.chance.random() < 0.5:
            text, columns = self.query(depth - 1)
            return f"({text}) as {alias}", [f"{alias}.{column}" for column in columns]
        table = self.chance.choice(sorted(TABLES))
        return f"{table} as {alias}", [f"{alias}.{column}" for column in TABLES[table].split()]

    def expression(self, columns: list[str]) -> str:
        one, two, three = (self.chance.choice(columns) for _ in range(3))
        return self.chance.choice(
            [
                one,
                one,
                f"{one} + {two}",
                f"upper({one})",
                f"md5({one})",
                f"coalesce({one}, {two}, 'it''s')",
                f"case when {one} > 1 then {two} else {three} end",
                f"sum({one}) over (partition by {two} order by {three})",
                f"({one})::text",
                "42",
            ]
        )

    def query(self, depth: int = 2) -> Named:
        """Bare names occur where only one source can own them."""
        items = [self.source(depth) for _ in range(self.chance.randint(1, 3))]
        columns = [column for _, offered in items for column in offered]
        if len(items) == 1 and self.chance.random() < 0.5:
            columns = [column.partition(".")[2] for column in columns]
        values = [self.expression(columns) for _ in range(self.chance.randint(1, 4))]
        names = [f"c{index}" for index in range(len(values))]
        listed = ", ".join(f"{value} as {name}" for value, name in zip(values, names, strict=True))
        text = f"select {listed} from {items[0][0]}"
        joined = list(items[0][1])
        for item, offered in items[1:]:
            text += f" join {item} on {self.chance.choice(joined)} = {self.chance.choice(offered)}"
            joined += offered
        conditions = []
        if self.chance.random() < 0.5:
            conditions.append(f"{self.expression(columns)} is not null")
        if depth and self.chance.random() < 0.3:
            conditions.append(f"exists ({self.query(0)[0]})")
        text += f" where {' and '.join(conditions)}" if conditions else ""
        if self.chance.random() < 0.5:
            text += f" order by {self.chance.choice(columns)}"
        if depth and self.chance.random() < 0.3:
            cte = f"q{self.aliases}"
            text = f"with {cte} as ({text}) select {', '.join(names)} from {cte}"
        if self.chance.random() < 0.2:
            other, others = self.query(0)
            text = f"({text}) union all ({other})" if len(others) == len(names) else text
        return text, names


SEEDS = st.integers(0, 2**32)
TEXTS = SEEDS.map(lambda seed: Writer(seed).query()[0])


def reformatted(sql: str, seed: int) -> str:
    """The same tokens with other white space, comments, case and a final semicolon."""
    chance = random.Random(seed)
    gaps = (" ", "\n", "\t ", " -- it's; a 'comment\n", " /* from nowhere; (\n */ ")
    pieces = []
    for token in tokens(sql, rules_of("postgres")):
        upper = token.kind is Kind.WORD and chance.random() < 0.5
        pieces.append(token.text.upper() if upper else token.text)
    joined = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        glued = not (before[-1:].isalnum() and piece[:1].isalnum()) and before + piece != "::"
        sticky = before in (":", "'") or (before + piece) in ("::", "<=", ">=", "<>")
        joined += "" if sticky or (glued and chance.random() < 0.3) else chance.choice(gaps)
        joined += piece
    return joined + chance.choice(("", ";", " ;\n"))


@settings(deadline=None)
@given(TEXTS, SEEDS)
def test_formatting_and_comments_change_nothing(sql: str, seed: int) -> None:
    assert lines(statement(reformatted(sql, seed))) == lines(statement(sql))


@settings(deadline=None)
@given(TEXTS, SEEDS)
def test_formatting_and_comments_keep_the_fingerprint(sql: str, seed: int) -> None:
    other = reformatted(sql, seed).rstrip("; \n")

    assert fingerprint(other, dialect="postgres") == fingerprint(sql, dialect="postgres")


@settings(deadline=None)
@given(TEXTS)
def test_table_aliases_change_nothing(sql: str) -> None:
    renamed = re.sub(r"\bx(\d+)\b", r'"Other \1"', sql)

    assert lines(statement(renamed, tables=TABLES)) == lines(statement(sql, tables=TABLES))


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_a_script_is_its_statements(texts: list[str]) -> None:
    script = analyze(";\n".join(texts), dialect="postgres", schema=Tables(TABLES))

    assert list(script.statements) == [statement(text, tables=TABLES) for text in texts]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), SEEDS)
def test_a_script_is_its_statements_in_one_session(texts: list[str], seed: int) -> None:
    chance = random.Random(seed)
    script: list[str] = []
    for number, text in enumerate(texts):
        script.append(f"create temp table w{number} as {text}")
        script.append(
            chance.choice(
                [
                    f"select * from w{number}",
                    f"insert into kept select w.* from w{number} as w",
                    f"alter table w{number} rename to r{number}; select * from r{number}",
                    "set search_path to s",
                ]
            )
        )
    together = analyze(";\n".join(script), dialect="postgres", schema=Tables(TABLES))
    session = Session(rules_of("postgres"), Tables(TABLES))

    alone = [one for text in script for one in read_script(text, session).statements]

    assert list(together.statements) == alone


def facts(lineage: StatementLineage, *reasons: ConfidenceReason) -> set[tuple[object, ...]]:
    def fact(edge: ColumnEdge | IndirectDatasetEdge) -> tuple[object, ...]:
        target = edge.target_column if isinstance(edge, ColumnEdge) else None
        return edge.source_table, edge.source_column, target, edge.subtype

    every = (*lineage.column_edges, *lineage.indirect_edges)
    return {fact(edge) for edge in every if not reasons or edge.reason in reasons}


@settings(deadline=None)
@given(TEXTS)
def test_a_schema_removes_no_certain_edge(sql: str) -> None:
    without = statement(sql)
    with_schema = facts(statement(sql, tables=TABLES), ConfidenceReason.BY_SCHEMA)

    assert facts(without, ConfidenceReason.SINGLE_SOURCE) <= with_schema


@settings(deadline=None)
@given(TEXTS, st.sets(st.sampled_from(sorted(TABLES))))
def test_more_schema_removes_no_edge_by_schema(sql: str, known: set[str]) -> None:
    some = {name: TABLES[name] for name in known}

    before = facts(statement(sql, tables=some), ConfidenceReason.BY_SCHEMA)

    assert before <= facts(statement(sql, tables=TABLES), ConfidenceReason.BY_SCHEMA)


@settings(deadline=None)
@given(TEXTS)
def test_a_valid_query_with_its_schema_leaves_no_doubt(sql: str) -> None:
    lineage = statement(sql, tables=TABLES)

    assert lineage.unresolved == ()
    assert lineage.confidence == 1.0
    assert {edge.reason for edge in lineage.column_edges} <= {ConfidenceReason.BY_SCHEMA}


@settings(deadline=None)
@given(TEXTS)
def test_spans_name_the_column(sql: str) -> None:
    for edge in statement(sql, tables=TABLES).column_edges:
        assert edge.span is not None
        assert re.fullmatch(r"\w+", sql[slice(*edge.span)])


@settings(deadline=None)
@given(TEXTS)
def test_every_source_column_is_of_a_table_that_is_read(sql: str) -> None:
    lineage = statement(sql, tables=TABLES)

    sources = {edge.source_table for edge in (*lineage.column_edges, *lineage.indirect_edges)}
    assert sources <= set(lineage.sources_read) <= set(lineage.sources_mentioned)


@settings(deadline=None)
@given(TEXTS)
def test_a_view_has_the_edges_of_its_query(sql: str) -> None:
    of_query = {
        (e.source_table, e.source_column, e.target_column, e.subtype)
        for e in statement(sql, tables=TABLES).column_edges
    }

    view = statement(f"create view w as {sql}", tables=TABLES)

    assert {
        (e.source_table, e.source_column, e.target_column, e.subtype) for e in view.column_edges
    } == of_query
    assert {edge.target_table.text for edge in view.column_edges if edge.target_table} <= {"w"}


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(["postgres", "bigquery", "tsql", "oracle", "x"]))
def test_no_text_raises(sql: str, dialect: str) -> None:
    for lineage in analyze(sql, dialect=dialect).statements:
        assert 0.0 <= lineage.confidence <= 1.0
        assert (lineage.reason is None) is (lineage.status == "PARSED")
    assert len(fingerprint(sql, dialect=dialect)) == 32


def extracted(sql: str) -> str:
    """The same query with its first derived table as a common table expression."""
    hit = re.search(r"(?<=from )\(select", sql)
    if hit is None or sql.startswith("("):
        return sql
    depth = 0
    for end in range(hit.start(), len(sql)):
        depth += (sql[end] == "(") - (sql[end] == ")")
        if depth == 0:
            break
    body, rest = sql[hit.start() : end + 1], sql[end + 1 :]
    keyword = "with pulled as " + body
    if sql.startswith("with "):
        return f"{keyword}, {sql[5 : hit.start()]}pulled{rest}"
    return f"{keyword} {sql[: hit.start()]}pulled{rest}"


@settings(deadline=None)
@given(TEXTS)
def test_a_derived_table_and_a_common_table_expression_are_the_same(sql: str) -> None:
    assert lines(statement(extracted(sql), tables=TABLES)) == lines(statement(sql, tables=TABLES))


def direct(lineage: StatementLineage) -> set[tuple[str, str, str, str]]:
    return {
        (edge.source_table.text, edge.source_column, edge.target_column, edge.kind)
        for edge in lineage.column_edges
    }


@settings(deadline=None)
@given(TEXTS)
def test_a_temporary_table_between_changes_no_column(sql: str) -> None:
    script = analyze(
        f"create temp table between_ as {sql}; select * from between_",
        dialect="postgres",
        schema=Tables(TABLES),
    )

    assert direct(script.statements[1]) == direct(statement(sql, tables=TABLES))


@settings(deadline=None)
@given(TEXTS)
def test_spans_lie_on_the_column_that_they_claim(sql: str) -> None:
    for edge in statement(sql, tables=TABLES).column_edges:
        assert edge.span is not None
        assert sql[slice(*edge.span)] == edge.source_column

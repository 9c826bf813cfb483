"""What the grammar of sqlglot lacks and can be taught: it looks these up in tables of its own."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parser import Parser
from sqlglot.parsers.bigquery import BigQueryParser
from sqlglot.parsers.doris import DorisParser
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.hive import HiveParser
from sqlglot.parsers.materialize import MaterializeParser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.sqlite import SQLiteParser
from sqlglot.parsers.starrocks import StarRocksParser
from sqlglot.tokens import Token, TokenType

from lineage.sql.parsing.pipes import STEPS

NAME_KEY = "postgres_name"
"""Where a node keeps the name that PostgreSQL would give it."""


def teach() -> None:
    """Once, before anything is parsed."""
    Parser.PIPE_SYNTAX_TRANSFORM_PARSERS.update(STEPS)
    Postgres.ORIGINAL_NAME_META_KEY = NAME_KEY
    HiveParser.SUPPORTS_TABLE_QUERY = True  # Spark's ``TABLE t``
    BigQueryParser.PRIMARY_PARSERS = {
        **BigQueryParser.PRIMARY_PARSERS,
        TokenType.TABLE: _table_argument,
        TokenType.MODEL: _table_argument,
    }
    BigQueryParser.FUNCTION_PARSERS = {**BigQueryParser.FUNCTION_PARSERS, "FORECAST": _forecast}
    for parser in (PostgresParser, MaterializeParser, MySQLParser, SQLiteParser):
        parser.LAMBDAS = {
            sign: read for sign, read in parser.LAMBDAS.items() if sign is not TokenType.ARROW
        }
    for both in (Parser, DuckDBParser, DorisParser, StarRocksParser):
        both.LAMBDAS = {**both.LAMBDAS, TokenType.ARROW: _arrow}


_function = Parser.LAMBDAS[TokenType.ARROW]


def _arrow(parser: Parser, names: list[exp.Expr]) -> exp.Expr:
    """``x -> x + 1`` as a function, but ``doc -> 'key'`` as what the document has there."""
    found = _function(parser, names)
    place = found.this
    while isinstance(place, exp.JSONExtract | exp.JSONExtractScalar | exp.Cast):
        place = place.this
    if len(names) != 1 or not isinstance(place, exp.Literal) or not place.is_string:
        return found
    return exp.JSONExtract(this=exp.Column(this=names[0]), expression=found.this)


_plain_forecast = BigQueryParser.FUNCTION_PARSERS["FORECAST"]


def _forecast(parser: Parser) -> exp.Expr:
    """``ML.FORECAST(MODEL m, STRUCT(...), rows)``, whose rows come last."""
    found: exp.Expr = _plain_forecast(parser)
    if isinstance(found, exp.MLForecast) and parser._match(TokenType.COMMA):
        parser._match(TokenType.TABLE)
        found.set("expression", parser._parse_table())
    return found


_BEFORE_ARGUMENTS = (TokenType.L_PAREN, TokenType.COMMA, TokenType.FARROW)


def _table_argument(parser: Parser, word: Token) -> exp.Expr | None:
    """``TABLE d.t``, which BigQuery hands to a function, as others write it: ``TABLE(d.t)``. A
    ``MODEL d.m`` is no table: its name is a text."""
    at = parser._index
    before, following = parser._tokens[max(at - 2, 0)], parser._curr
    if (
        before.token_type not in _BEFORE_ARGUMENTS
        or following is None
        or following.token_type not in (*parser.ID_VAR_TOKENS, TokenType.IDENTIFIER)
    ):
        parser._retreat(at - 1)
        return None
    table = parser._parse_table_parts()
    if table is None:
        return None
    if word.token_type is TokenType.MODEL:
        return exp.Literal.string(table.sql("bigquery"))
    holders = table.args
    named = exp.Column(this=table.this, table=holders.get("db"), db=holders.get("catalog"))
    return exp.Anonymous(this="TABLE", expressions=[named])

"""Functions in a select list that make several rows of one: what they unfold decides how many.

``SELECT id, UNNEST(tags) FROM t`` has as many rows of an id as it has tags, none without any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.dialects import words
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.scopes import Scope

if TYPE_CHECKING:
    from lineage.sql.resolving.references import Aliases
    from lineage.sql.resolving.resolve import Resolver

_TYPES = (exp.Explode, exp.Unnest, exp.Inline, exp.ExplodingGenerateSeries)
_BY_NAME = words(
    "inline_outer variant_explode variant_explode_outer generate_subscripts string_to_table "
    "regexp_split_to_table regexp_matches json_array_elements json_array_elements_text "
    "jsonb_array_elements jsonb_array_elements_text json_each json_each_text jsonb_each "
    "jsonb_each_text json_object_keys jsonb_object_keys jsonb_path_query json_populate_recordset "
    "jsonb_populate_recordset json_to_recordset jsonb_to_recordset"
)
_STEMS = (
    "unnest", "explode", "inline", "arrayjoin", "generate_s", "to_table", "regexp_matches",
    "_elements", "_each", "object_keys", "path_query", "recordset",
)  # fmt: skip


def may_unfold(sql: str) -> bool:
    """Whether a text may call such a function at all."""
    text = sql.lower()
    return any(stem in text for stem in _STEMS)


def decide_by_unfolding(
    resolver: Resolver, projection: exp.Expr, scope: Scope, aliases: Aliases
) -> None:
    """Let what a projection unfolds decide the rows; subqueries unfold for themselves."""
    for node in projection.walk(prune=lambda each: isinstance(each, exp.Query)):
        unfolds = isinstance(node, _TYPES) or (
            type(node) is exp.Anonymous and str(node.this).lower() in _BY_NAME
        )
        for argument in node.iter_expressions() if unfolds else ():
            if not _is_listed(argument):
                resolver.decide_rows(argument, scope, use.JOIN, aliases)


def _is_listed(node: exp.Expr) -> bool:
    """An array whose items the text lists: they are as many for every row."""
    return type(node) is exp.Array and not any(isinstance(e, exp.Query) for e in node.expressions)

"""Functions and words in FROM to which a whole table is handed: models, searches, summaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.dialects import words
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.expressions import function_name
from lineage.sql.resolving.inputs import Inputs, StructInputs, compose
from lineage.sql.resolving.names import literal_text
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.relations import (
    AnyColumn,
    Certainty,
    Found,
    OpenRelation,
    OutputColumn,
    Relation,
)
from lineage.sql.resolving.scopes import Scope, Source

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

_LEARNED = (
    *(exp.Predict, exp.MLForecast, exp.MLTranslate, exp.AIForecast),
    *(exp.GenerateText, exp.GenerateTable, exp.GenerateEmbedding),
)
"""What a model makes of the rows that it is given (BigQuery)."""
_ADDED = words(
    "centroid_id nearest_centroids_distance is_anomaly anomaly_probability probability "
    "prediction_value baseline_prediction_value approximation_error top_feature_attributions"
)
_ADDED_BEGIN = ("predicted_", "prediction_", "ml_", "ai_", "latent_col_", "principal_component_")
"""How the columns are called that a model adds to those that it is given."""
_MEASURES = words(
    "evaluate roc_curve confusion_matrix global_explain explain_forecast describe_data "
    "tfdv_describe validate_data_drift validate_data_skew tfdv_validate key_drivers"
)
"""What tells of all rows together."""
_SUMMARIZED = (
    "column_name column_type min max approx_unique avg std q25 q50 q75 count null_percentage"
).split()

_TEXT_SEARCHES = words("containstable freetexttable semantickeyphrasetable semanticsimilaritytable")
"""T-SQL's searches in the columns of a table, which return the rows' keys and ranks."""


@dataclass(slots=True, eq=False)
class _Predicted(OpenRelation):
    """Rows that a model adds columns to; ``behind`` is there when nobody knows which they had."""

    made: Inputs = field(default_factory=dict)
    model: str = ""

    def find_beyond(self, name: str) -> Found:
        if name in _ADDED or name.startswith(_ADDED_BEGIN):
            return Certainty.WEAK, self.made
        if not self.behind:
            return Certainty.WEAK, self.made
        return OpenRelation.find_beyond(self, name)

    def open_names(self) -> list[str]:
        return [f"{self.model}.*", *OpenRelation.open_names(self)]


def of_whole_table(resolver: Resolver, call: exp.Expr, scope: Scope) -> Relation | None:
    """What a function offers that is known to be handed a table; None for any other."""
    if isinstance(call, exp.SemanticView):
        return _semantic_view(resolver, call, scope)
    if isinstance(call, _LEARNED):
        return _prediction(resolver, call, _rows_of(call), scope)
    if isinstance(call, exp.Anonymous) and _is_of_models(call):
        rows = next((each for each in map(_as_rows, call.expressions) if each is not None), None)
        return _prediction(resolver, call, rows, scope)
    if isinstance(call, exp.FeaturesAtTime):
        features = _handed(resolver, call.this, scope)
        return OpenRelation(known=False, upstream=[features], behind=[features])
    if isinstance(call, exp.GapFill):
        return _handed(resolver, call.this, scope)
    if isinstance(call, exp.VectorSearch):
        return _search(resolver, call, scope)
    if isinstance(call, exp.Anonymous) and function_name(call) in _TEXT_SEARCHES:
        return _text_search(resolver, call.expressions)
    return None


def described(resolver: Resolver, node: exp.Expr, scope: Scope) -> Relation:
    """DuckDB's ``FROM (SUMMARIZE t)``, whose rows tell of every column, and ``FROM (DESCRIBE t)``,
    which reads none."""
    if isinstance(node, exp.Describe):
        return AnyColumn()
    relation = _handed(resolver, node.this, scope)
    told: Inputs = {}
    compose(told, relation.everything(), use.AGGREGATION, node)
    return Relation([OutputColumn(name, dict(told)) for name in _SUMMARIZED], upstream=[relation])


def _semantic_view(resolver: Resolver, call: exp.Expr, scope: Scope) -> Relation:
    """Snowflake's SEMANTIC_VIEW(view METRICS m DIMENSIONS d): columns of the view, or what is made
    of them under another name. A star shows those alone, yet another name is the view's too."""
    _, view = resolver.read_table(call.this)
    inner = Scope(scope.ctes, sources=[Source("", view)])
    columns = [
        OutputColumn(
            resolver.identifier(shown.args["alias"] if named else shown.this),
            resolver.evaluate(shown, inner),
        )
        for key in ("dimensions", "metrics", "facts")
        for shown in call.args.get(key) or ()
        if (named := isinstance(shown, exp.Alias)) or isinstance(shown, exp.Column)
    ]
    return OpenRelation(columns, upstream=[view], behind=[view])


def _handed(resolver: Resolver, rows: exp.Expr, scope: Scope) -> Relation:
    """The table or query that BigQuery hands to a function."""
    if isinstance(rows, exp.Table):
        named = scope.ctes.find(resolver.identifier(rows.this)) if "db" not in rows.args else None
        return named or resolver.read_table(rows)[1]
    return resolver.query(rows, None, scope.ctes)


def _search(resolver: Resolver, call: exp.VectorSearch, scope: Scope) -> Relation:
    """VECTOR_SEARCH pairs rows of two tables, each as one value, by how near they are."""
    base = _handed(resolver, call.this, scope)
    asked = _handed(resolver, call.args["query_table"], scope)
    columns = [
        OutputColumn(
            name,
            StructInputs(rows.everything(), {c.name: c.inputs for c in rows.expanded() if c.name}),
        )
        for name, rows in (("query", asked), ("base", base))
    ]
    near: Inputs = {}
    for side, key in ((base, "column_to_search"), (asked, "query_column_to_search")):
        name = literal_text(call.args.get(key))
        if name is not None:
            compose(near, side.find(name)[1], use.TRANSFORMATION, call)
    columns.append(OutputColumn("distance", near))
    return Relation(columns, upstream=[asked, base])


def _text_search(resolver: Resolver, arguments: list[exp.Expr]) -> Relation | None:
    """``CONTAINSTABLE(t, (a, b), 'words')``."""
    if len(arguments) < 2 or not isinstance(arguments[0], exp.Column):
        return None
    parts = [resolver.identifier(part) for part in column_parts(arguments[0])]
    searched = resolver.read(resolver.complete(parts))
    found: Inputs = {}
    if arguments[1].find(exp.Star):
        compose(found, searched.everything(), use.TRANSFORMATION, arguments[1])
    for column in arguments[1].find_all(exp.Column):
        name = resolver.identifier(column.this)
        compose(found, searched.find(name)[1], use.TRANSFORMATION, column)
    return AnyColumn(source=found, upstream=[searched])


def _model(call: exp.Expr) -> str:
    """The name of the model that a function is handed, else that of the function."""
    model = call.expressions[0] if isinstance(call, exp.Anonymous) else call.this
    if isinstance(model, exp.Table):
        return ".".join(part.name for part in model.parts)
    return literal_text(model) or function_name(call)


def _rows_of(call: exp.Expr) -> exp.Expr | None:
    rows: exp.Expr | None = call.this if isinstance(call, exp.AIForecast) else None
    return rows or call.args.get("expression")


def _is_of_models(call: exp.Anonymous) -> bool:
    """BigQuery's ``ML.UNDERSTAND_TEXT(MODEL m, (SELECT ...), STRUCT(...))`` and its kin."""
    named = call.parent
    holder = named.args.get("db") if isinstance(named, exp.Table) else None
    return isinstance(holder, exp.Identifier) and holder.name.lower() in ("ml", "ai")


def _as_rows(argument: exp.Expr) -> exp.Expr | None:
    """The query or table that an argument hands to a function; None where it is a value."""
    if isinstance(argument, exp.Anonymous) and str(argument.this).upper() == "TABLE":
        column = argument.expressions[0] if argument.expressions else None
        if not isinstance(column, exp.Column):
            return None
        named = zip(("this", "db", "catalog"), reversed(column_parts(column)), strict=False)
        return exp.Table(**dict(named))
    return argument if isinstance(argument, exp.Query) else None


def _prediction(
    resolver: Resolver, call: exp.Expr, rows: exp.Expr | None, scope: Scope
) -> Relation:
    """ML.PREDICT and its kin pass their rows on and add columns made of all of them; a forecast
    or a measure has the new ones only. A model that is all they are given is no table."""
    measures = isinstance(call, exp.Anonymous) and function_name(call) in _MEASURES
    passes_on = not measures and not isinstance(call, exp.AIForecast | exp.MLForecast)
    if not isinstance(rows, exp.Table | exp.Query):
        return AnyColumn()
    relation = _handed(resolver, rows, scope)
    predicted: Inputs = {}
    compose(predicted, relation.everything(), use.TRANSFORMATION, call)
    if passes_on:
        columns = list(relation.expanded())
        behind = [relation] if not relation.known else []
        return _Predicted(
            columns, False, upstream=[relation], behind=behind, made=predicted, model=_model(call)
        )
    return AnyColumn(known=False, upstream=[relation], source=predicted)

"""Functions that stand in FROM: those that read files or tables, and those that make rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.dialects import words
from lineage.sql.parsing.parse import parse
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.expressions import function_name
from lineage.sql.resolving.inputs import (
    Inputs,
    OpenFields,
    StructInputs,
    compose,
    declared_fields,
    each_field,
    field_inputs,
    merge,
)
from lineage.sql.resolving.names import literal_text
from lineage.sql.resolving.pivots import stacked
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.relations import (
    AnyColumn,
    Items,
    MergedRelation,
    OpenRelation,
    OutputColumn,
    Relation,
    UnknownItems,
    find_among,
    tables_behind,
)
from lineage.sql.resolving.row_names import row_names
from lineage.sql.resolving.scopes import Scope, Source
from lineage.sql.resolving.whole_tables import of_whole_table
from lineage.sql.session import session_table
from lineage.types import TableKind, TableName

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

_FILE_READERS = words(
    "read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson "
    "read_text read_blob read_xlsx delta_scan iceberg_scan arrow_scan read_files cloud_files s3 "
    "files file url hdfs gcs azureblobstorage deltalake iceberg hudi openrowset bulk"
)
_REMOTE = words("remote remotesecure cluster clusterallreplicas")
_FOREIGN = words("mysql postgresql mongodb jdbc odbc")
_SCANS = words("postgres_scan mysql_scan sqlite_scan")
_FOREIGN_QUERIES = words(
    "external_query openquery openrowset dblink crosstab query raw_query postgres_query mysql_query"
)
_PLACES = words("path uri url location")
_WINDOWING = words("tumble hop cumulate")
_RETURNED = {
    name: columns.split()
    for names, columns in (
        ("string_split", "value ordinal"),
        ("flatten", "seq key path index value this"),
        ("numbers numbers_mt", "number"),
        ("split_to_table strtok_split_to_table", "seq index value"),
        ("json_each json_each_text jsonb_each jsonb_each_text", "key value"),
        ("json_array_elements json_array_elements_text", "value"),
        ("jsonb_array_elements jsonb_array_elements_text", "value"),
    )
    for name in names.split()
}
"""What the columns are called that these functions return, where the query names none."""
_SCALAR = words(
    "generate_series generate_subscripts jsonb_object_keys json_object_keys jsonb_path_query "
    "range regexp_matches regexp_split_to_table string_to_table unnest"
)
"""Functions whose rows are single values: their column is named like the function or its alias."""
_NAMED_AFTER_ALIAS = words("postgres redshift materialize risingwave")


def table_function(resolver: Resolver, node: exp.Expr, scope: Scope) -> Relation:
    """What a function in FROM offers. Of one that is not known, every column has every input."""
    if isinstance(node, exp.TableFromRows) and not isinstance(node.this, exp.Func):
        named = _table_named(resolver, node.this)
        return resolver.read(named) if named is not None else Relation(known=False)
    call = call_in(node)
    name = function_name(call) if isinstance(call, exp.Func) else ""
    first = call.args.get("this")
    plain = isinstance(call, exp.Anonymous) or not isinstance(first, exp.Expr)
    arguments: list[exp.Expr] = call.expressions if plain else [call.this]
    if name == "exclude_columns":
        return _without_columns(resolver, arguments, scope)
    if name in _WINDOWING:
        windows = _windowed(resolver, arguments, scope)
        if windows is not None:
            return windows
    if name == "result_scan" and (shown := _result(resolver, arguments)) is not None:
        return shown
    if isinstance(call, exp.DirectoryStage):
        return resolver.read(TableName((call.name,), TableKind.STAGE))
    whole = of_whole_table(resolver, call, scope)
    if whole is not None:
        return whole
    defined = _defined(resolver, node, call)
    if defined is not None:
        return _applied(defined, _rows_handed(resolver, arguments, scope))
    if name in _FOREIGN_QUERIES:
        last = arguments[0 if name == "crosstab" else -1] if arguments else None
        query = literal_text(last.expression if isinstance(last, exp.Kwarg) else last)
        tree = parse(query, resolver.rules)[0] if query else None
        if isinstance(tree, exp.Query):
            relation = resolver.query(tree, None, scope.ctes)
            if name != "crosstab":
                return relation
            everything: Inputs = {}
            compose(everything, relation.everything(), use.TRANSFORMATION, call)
            return AnyColumn(
                _listed(resolver, node, everything), source=everything, upstream=[relation]
            )
    table = table_read(resolver, name, arguments)
    if table is not None:
        return resolver.read(table)
    files = _files_read(name, arguments)
    if files:
        branches = [resolver.read(file) for file in files]
        return MergedRelation(known=False, upstream=list(branches), branches=branches)
    handed = _rows_handed(resolver, arguments, scope)
    if handed:  # a function from a table to a table
        return OpenRelation(known=False, upstream=handed, behind=handed)
    return _any_rows(resolver, node, scope)


def _rows_handed(resolver: Resolver, arguments: Sequence[exp.Expr], scope: Scope) -> list[Relation]:
    """The tables among a function's arguments."""
    handed: list[Relation] = []
    for argument in arguments:
        value = argument.expression if isinstance(argument, exp.Kwarg | exp.EQ) else argument
        if type(value) is exp.Anonymous and str(value.this).upper() == "TABLE":
            given = _rows_given(resolver, value, scope)
            if given is not None:
                handed.append(given)
        elif type(value) is exp.Select:  # Spark's f(TABLE t)
            handed.append(resolver.query(value, None, scope.ctes))
    return handed


def _applied(defined: Relation, handed: list[Relation]) -> Relation:
    """What a function of the session returns of the tables that it is handed: a column that comes
    from nothing else has the name that theirs has."""
    if not handed:
        return defined
    columns = [
        OutputColumn(c.name, c.inputs or find_among(handed, c.name)[1]) for c in defined.expanded()
    ]
    upstream = [defined, *handed]
    if defined.known:
        return Relation(columns, upstream=upstream)
    return OpenRelation(columns, known=False, upstream=upstream, behind=upstream)


def _table_named(resolver: Resolver, node: exp.Expr) -> TableName | None:
    """Snowflake's ``TABLE('d.t')`` and ``TABLE(d.t)``; None where a variable has the name."""
    text = literal_text(node)
    if text is not None:
        return resolver.complete(text.split("."))
    if isinstance(node, exp.Column):
        return resolver.complete([resolver.identifier(part) for part in column_parts(node)])
    return None


def _result(resolver: Resolver, arguments: list[exp.Expr]) -> Relation | None:
    """What ``RESULT_SCAN(LAST_QUERY_ID(-2))`` reads: the rows of an earlier statement."""
    asked = arguments[0] if arguments else None
    if isinstance(asked, exp.Parameter | exp.Placeholder | exp.Column):
        relation = resolver.session.records.get(asked.name.lower())
        return None if relation is None else _kept(resolver, relation)
    if type(asked) is not exp.Anonymous or str(asked.this).upper() != "LAST_QUERY_ID":
        return None
    back = asked.expressions[0].sql() if asked.expressions else "-1"
    relation = resolver.session.result(back)
    return None if relation is None else _kept(resolver, relation)


def _defined(resolver: Resolver, node: exp.Expr, call: exp.Expr) -> Relation | None:
    """What a function that the session itself made returns."""
    if not resolver.session.functions or not isinstance(call, exp.Anonymous):
        return None
    holders = [
        part for key in ("catalog", "db") if isinstance(part := node.args.get(key), exp.Expr)
    ]
    if isinstance(call.parent, exp.Dot) and isinstance(call.parent.this, exp.Identifier):
        holders = [call.parent.this]  # LATERAL s.f(...)
    parts = [resolver.rules.table(part.name, bool(part.args.get("quoted"))) for part in holders]
    name = resolver.complete([*parts, resolver.rules.table(str(call.this), False)])
    relation = resolver.session.functions.get(name)
    return None if relation is None else _kept(resolver, relation)


def _kept(resolver: Resolver, relation: Relation) -> Relation:
    """What an earlier statement left, in this one."""
    for table in sorted(tables_behind(relation), key=lambda table: table.parts):
        resolver.mentioned[table] = None
    return session_table(relation)


def call_in(node: exp.Expr) -> exp.Expr:
    """The call of a function that stands in FROM."""
    call = node
    while isinstance(call, exp.Table | exp.TableFromRows | exp.Lateral) and isinstance(
        call.this, exp.Expr
    ):
        call = call.this
    if type(call) is exp.Anonymous and str(call.this).upper() == "TABLE" and call.expressions:
        inner = call.expressions[0]
        call = inner if isinstance(inner, exp.Func | exp.Dot) else call
    while isinstance(call, exp.Dot) and isinstance(call.expression, exp.Func):
        call = call.expression  # Trino's catalog.system.query(...)
    return call


def table_read(resolver: Resolver, name: str, arguments: list[exp.Expr]) -> TableName | None:
    """The table or the files that a function reads, where its arguments name them."""
    if name.endswith("cluster") and name[: -len("cluster")] in _FILE_READERS:
        name, arguments = name[: -len("cluster")], arguments[1:]
    if name == "openrowset" and len(arguments) > 2 and isinstance(arguments[-1], exp.Column):
        return TableName(tuple(resolver.identifier(part) for part in column_parts(arguments[-1])))
    first = literal_text(arguments[0]) if arguments else None
    if first is None and name in _FILE_READERS:
        first = _named_place(arguments)
    if reads_files(name):
        return TableName((first,), TableKind.FILE) if first else None
    if name in _REMOTE and len(arguments) > 1:
        if name.startswith("cluster") and len(arguments) > 2:
            named = arguments[1:3]
            if all(isinstance(part, exp.Column) for part in named):
                return TableName(tuple(resolver.identifier(part.this) for part in named))
        further = arguments[2] if len(arguments) > 2 else None
        if isinstance(arguments[1], exp.Column) and isinstance(further, exp.Column):
            named = [*column_parts(arguments[1]), *column_parts(further)]
            return TableName(tuple(resolver.identifier(part) for part in named))
        if isinstance(arguments[1], exp.Column):
            return TableName(tuple(resolver.identifier(part) for part in arguments[1].parts))
        parts = [literal_text(argument) for argument in arguments[1:3]]
        return TableName(tuple(part for part in parts if part)) if parts[0] else None
    if (name in _FOREIGN or name in _SCANS) and len(arguments) > 1:
        end = 2 if name == "sqlite_scan" else 3
        parts = [literal_text(argument) for argument in arguments[1:end]]
        return TableName(tuple(part for part in parts if part)) if parts[-1] else None
    if name in ("dictionary", "table", "table_changes") and first:
        return resolver.complete(first.split("."))
    return None


def _named_place(arguments: list[exp.Expr]) -> str | None:
    """``files('path' = 's3://...')``."""
    for argument in arguments:
        named = isinstance(argument, exp.EQ | exp.Kwarg | exp.PropertyEQ)
        if named and argument.this.name.lower() in _PLACES:
            return literal_text(argument.expression)
    return None


def _windowed(resolver: Resolver, arguments: list[exp.Expr], scope: Scope) -> Relation | None:
    """``TUMBLE(t, at, INTERVAL ...)``: the table's rows with the window that each is in."""
    if len(arguments) < 2 or not all(isinstance(a, exp.Column) for a in arguments[:2]):
        return None
    relation = _rows_given(resolver, exp.Tuple(expressions=arguments[:1]), scope)
    if relation is None:
        return None
    made: Inputs = {}
    at = relation.find(resolver.identifier(column_parts(arguments[1])[-1]))[1]
    compose(made, at, use.TRANSFORMATION, arguments[1])
    names = ["window_start", "window_end"] + ["window_time"] * (not resolver.rules.name)  # Flink
    columns = [OutputColumn(name, made) for name in names]
    if relation.known:
        return Relation([*relation.expanded(), *columns], upstream=[relation])
    return OpenRelation(columns, False, upstream=[relation], behind=[relation])


def reads_files(name: str) -> bool:
    """Whether a function of that name, in lower case, reads the files that it is given."""
    return name in _FILE_READERS or name.startswith("read")


def _files_read(name: str, arguments: list[exp.Expr]) -> list[TableName]:
    """The files of ``read_parquet(['a', 'b'])``."""
    first = arguments[0] if arguments else None
    if not isinstance(first, exp.Array) or not reads_files(name):
        return []
    names = [literal_text(entry) for entry in first.expressions]
    return [TableName((entry,), TableKind.FILE) for entry in names if entry]


def _without_columns(resolver: Resolver, arguments: list[exp.Expr], scope: Scope) -> Relation:
    """Trino's ``exclude_columns(TABLE(t), DESCRIPTOR(a, b))``: the table's other columns."""
    values = [a.expression if isinstance(a, exp.Kwarg | exp.EQ) else a for a in arguments]
    relation = _rows_given(resolver, values[0], scope) if values else None
    if relation is None:
        return Relation(known=False)
    named = values[1].expressions if len(values) > 1 else []
    excluded = [resolver.identifier(c.this if isinstance(c, exp.Column) else c) for c in named]
    inner = Scope(scope.ctes, sources=[Source("", relation)])
    star = exp.Star(except_=[exp.to_identifier(column, quoted=True) for column in excluded])
    return resolver.project(exp.Select(expressions=[star]), inner)


def _rows_given(resolver: Resolver, node: exp.Expr, scope: Scope) -> Relation | None:
    """What ``TABLE(name)`` or ``TABLE(SELECT ...)`` hands to a function."""
    given = node.expressions[0] if node.expressions else node.args.get("this")
    if isinstance(given, exp.Query):
        return resolver.query(given, None, scope.ctes)
    if not isinstance(given, exp.Column):
        return None
    parts = column_parts(given)
    known = scope.ctes.find(resolver.identifier(parts[0])) if len(parts) == 1 else None
    if known is not None:
        return known
    named = zip(("this", "db", "catalog"), reversed(parts), strict=False)
    return resolver.read_table(exp.Table(**dict(named)))[1]


def _any_rows(resolver: Resolver, node: exp.Expr, scope: Scope) -> Relation:
    """UNNEST, EXPLODE, FLATTEN: what is unfolded also decides how many rows there are."""
    together = node.args.get("rows_from")
    if isinstance(node, exp.Unnest):
        arguments = node.expressions
    elif together:  # PostgreSQL's ROWS FROM (f(a), g(b)), whose rows stand side by side
        each = [call_in(one) for one in together]
        arguments = [a for c in each for a in (c.expressions if type(c) is exp.Unnest else [c])]
    else:
        arguments = [node.this]
    several: list[Inputs] = []
    inputs: Inputs = {}
    fields: dict[str, Inputs] = {}
    for argument in arguments:
        if isinstance(argument, exp.Expr):
            found = _unfolded(resolver, argument, scope)
            fields = fields | found if fields else found
            several.append(resolver.evaluate(argument, scope, use.ITEM))
            merge(inputs, several[-1])
            resolver.decide_rows(argument, scope, use.JOIN)
    alias = node.args.get("alias")
    listed = alias.args.get("columns") or () if alias is not None else ()
    names = [resolver.identifier(column) for column in listed] or _declared(resolver, node)
    if not names:
        names = _named_after(resolver, node)
    # Arrays give one column each, a map at the end gives the rest.
    calls = [call_in(each) for each in together or [node]]
    single = all(isinstance(call, exp.Unnest | exp.GenerateSeries) for call in calls)
    zipped = 1 < len(several) <= len(names) and single
    columns = [
        OutputColumn(name, several[min(index, len(several) - 1)] if zipped else inputs)
        for index, name in enumerate(names)
    ]
    stacks = stacked(call_in(node)) if columns else []
    if len(stacks) == len(columns):
        for column, values in zip(columns, stacks, strict=True):
            tuple_ = exp.Tuple(expressions=values)
            column.inputs = resolver.evaluate(tuple_, scope, use.TRANSFORMATION)
    if fields and columns and len(arguments) == 1:
        _name_fields(resolver, columns, inputs, fields, counts=isinstance(calls[0], exp.Posexplode))
    width = sum(len(_RETURNED.get(function_name(call), "1")) for call in calls)
    if _numbered(node) and len(columns) > width:
        columns[-1].inputs = {}
    offset = node.args.get("offset")
    if isinstance(offset, exp.Expr):
        columns.append(OutputColumn(resolver.identifier(offset), {}))
    if not fields and (_may_hold_structs(resolver, node) or not columns):
        return UnknownItems(
            columns, known=function_name(call_in(node)) == "generator", source=inputs
        )
    return Items(source=inputs, columns=columns, fields=fields)


def _numbered(node: exp.Expr) -> bool:
    return bool(node.args.get("ordinality") or node.args.get("offset") is True)


def _row_function(resolver: Resolver, call: exp.Expr) -> str:
    """The name of a function that makes rows, as its engine calls it."""
    if isinstance(call, exp.GenerateSeries | exp.ExplodingGenerateSeries):
        return "range" if call.args.get("is_end_exclusive") else "generate_series"
    if type(call) is exp.Explode and resolver.rules.name == "snowflake":
        return "flatten"
    return function_name(call) if isinstance(call, exp.Func) else ""


def _named_after(resolver: Resolver, node: exp.Expr) -> list[str]:
    """The column of a function that returns values, in the dialects that name it: PostgreSQL after
    the table's alias, DuckDB after the function."""
    call = call_in(node)
    name = _row_function(resolver, call)
    several = isinstance(call, exp.Unnest) and len(call.expressions) > 1
    if name not in _SCALAR or several:
        return []
    alias = node.args.get("alias")
    if resolver.rules.name in _NAMED_AFTER_ALIAS:
        if alias is not None and alias.this is not None:
            name = resolver.identifier(alias.this)
    elif resolver.rules.name != "duckdb":
        return []
    return [name, "ordinality"] if _numbered(node) else [name]


def _may_hold_structs(resolver: Resolver, node: exp.Expr) -> bool:
    """Whether BigQuery's UNNEST may show the fields of structs that nobody has told of."""
    if not resolver.rules.arrays_are_sources or type(node) is not exp.Unnest:
        return False
    return all(isinstance(each, exp.Column | exp.Dot | exp.Anonymous) for each in node.expressions)


def _name_fields(
    resolver: Resolver,
    columns: list[OutputColumn],
    inputs: Inputs,
    fields: dict[str, Inputs],
    *,
    counts: bool,
) -> None:
    """Items are columns of their own where as many are listed, else the last one is a struct: the
    first may count them."""
    spread = len(columns) > 1 or resolver.rules.name in ("trino", "presto", "athena")
    if len(columns) == len(fields) and spread and not counts:
        for column, inside in zip(columns, fields.values(), strict=True):
            column.inputs = inside
    else:
        columns[-1].inputs = StructInputs(inputs, fields)


def _unfolded(resolver: Resolver, node: exp.Expr, scope: Scope) -> dict[str, Inputs]:
    """The fields of an array's items, where the query built the array of structs or the schema
    tells the fields of the column."""
    if isinstance(node, exp.Explode | exp.Inline):
        node = node.this
    if not (resolver.builds or isinstance(node, exp.Column | exp.Array | exp.ArrayAgg)):
        return {}
    value = resolver.evaluate(node, scope)
    if isinstance(value, StructInputs):
        known = value.fields
        if (
            isinstance(known, OpenFields)
            and type(node) is exp.Column
            and _names_source(resolver, node, scope)
        ):
            known = {}  # an array, so the column of that name and no row
    else:
        names = declared_fields(resolver, value) or ()
        known = {name: field_inputs(value, [name], node) for name in names}

    def item(inputs: Inputs) -> Inputs:
        made: Inputs = {}
        compose(made, inputs, use.ITEM, node)
        return made

    return each_field(known, item)


def _names_source(resolver: Resolver, node: exp.Expr, scope: Scope) -> bool:
    return node.args.get("table") is None and bool(
        scope.qualified((resolver.identifier(node.this),))
    )


def _listed(resolver: Resolver, node: exp.Expr, inputs: Inputs) -> list[OutputColumn]:
    alias = node.args.get("alias")
    listed = alias.args.get("columns") or () if alias is not None else ()
    return [
        OutputColumn(
            resolver.identifier(c.this if isinstance(c, exp.ColumnDef) else c), dict(inputs)
        )
        for c in listed
    ]


def _leaves(schema: exp.Expr | None) -> list[exp.Expr]:
    """The columns of JSON_TABLE, those of its NESTED paths in their places."""
    found: list[exp.Expr] = []
    for column in schema.expressions if schema is not None else ():
        nested = column.args.get("nested_schema")
        found += _leaves(nested) if isinstance(nested, exp.Expr) else [column]
    return found


def _declared(resolver: Resolver, node: exp.Expr) -> list[str]:
    """The columns that JSON_TABLE, XMLTABLE and OPENJSON list themselves."""
    call = call_in(node)
    if isinstance(call, exp.JSONTable):
        schema = call.args.get("schema")
        listed = _leaves(schema)
    elif isinstance(call, exp.OpenJSON):
        listed = call.expressions
    elif isinstance(call, exp.XMLTable):
        listed = call.args.get("columns") or []
    else:
        named = row_names(call, resolver.rules.name)
        return named or _RETURNED.get(_row_function(resolver, call), [])
    if not listed and isinstance(call, exp.OpenJSON):
        return ["key", "value", "type"]
    return [resolver.identifier(column.this) for column in listed if column.this is not None]

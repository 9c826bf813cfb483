"""SQL in the place of macros whose project is not at hand.

Those of dbt, dbt_utils and Fivetran's packages that models use most write here what they write
there, as far as lineage asks; any other becomes a function of the columns that it is given. Macros
take the names of columns as strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from lineage.sql.dialects import words

Arguments: TypeAlias = tuple[object, ...]
Named: TypeAlias = Mapping[str, object]


class Relation(str):
    """The name of a table, as ``ref`` and ``source`` give it: no column that a macro reads."""

    __slots__ = ()


_COLUMN = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_WRAPPED = re.compile(r"_(source|ref)\Z", re.IGNORECASE)
_DATE_PARTS = words("second minute hour day week month quarter year")
_TYPES = {
    "string": "varchar",
    "timestamp": "timestamp",
    "int": "int",
    "integer": "int",
    "bigint": "bigint",
    "float": "float",
    "numeric": "numeric",
    "boolean": "boolean",
}
"""What dbt's ``type_string()`` and its relatives write, one word for every engine."""
_PACKAGE = re.compile(r"(?:dbt_utils|fivetran_utils|dbt|api_Column|adapter)_(?=[a-z])")
_NO_COLUMNS = _DATE_PARTS | frozenset(_TYPES.values())
_OF_COLUMNS = re.compile(r"col|field|expression|value|date|^string$|^measure$", re.IGNORECASE)


def macro_text(macro: str, arguments: Arguments, named: Named) -> str:
    """What a macro of that name writes; the parts of its name are joined by ``_``."""
    written = package_text(macro, arguments, named)
    if written is not None:
        return written
    for ending, write in (_KNOWN | _GUESSED).items():
        if macro == ending or macro.endswith(f"_{ending}"):
            written = write(arguments, named)
            if written is not None:
                return written
    columns = columns_given(arguments, named)
    return f"{macro}({', '.join(columns)})" if columns else macro


def package_text(macro: str, arguments: Arguments, named: Named) -> str | None:
    """What a macro of dbt or dbt_utils writes, as far as lineage asks; None for any other."""
    package = _PACKAGE.match(macro)
    if package is None:
        return None
    name = macro[package.end() :].removeprefix("generate_")
    write = _KNOWN.get(name) or _KNOWN.get(macro) or _OF_VALUES.get(name)
    return write(arguments, named) if write is not None else None


def columns_given(arguments: Arguments, named: Named) -> list[str]:
    """What may be columns among the arguments of a macro that nobody knows."""
    columns = _columns(arguments)
    return columns + _columns(value for name, value in named.items() if _OF_COLUMNS.search(name))


def relations_in(macro: str, arguments: Arguments, named: Named) -> list[str]:
    """The tables among what a macro is given, and with a question mark what may name a query of
    the text. A project's own ``its_source('group', 'table')`` is about that table."""
    found: list[str] = []
    for item in _items((*arguments, *named.values())):
        if isinstance(item, Relation):
            found.append(str(item))
        elif isinstance(item, str) and _WORD.fullmatch(item):
            found.append(f"?{item}")
    wrapped = _WRAPPED.search(macro)
    texts = [a for a in arguments if isinstance(a, str) and _COLUMN.fullmatch(a)]
    if wrapped is not None and len(texts) == len(arguments) in (1, 2) and not named:
        found.insert(0, ".".join(texts) if wrapped.group(1) == "source" else texts[-1])
    return found


def _items(arguments: Iterable[object]) -> Iterator[object]:
    for argument in arguments:
        if isinstance(argument, Mapping):
            yield from _items(argument.values())
        else:
            yield from argument if isinstance(argument, list | tuple) else [argument]


def _columns(arguments: Iterable[object]) -> list[str]:
    found = [item for item in _items(arguments) if isinstance(item, str)]
    return [
        name
        for name in found
        if _COLUMN.fullmatch(name)
        and not isinstance(name, Relation)
        and name.lower() not in _NO_COLUMNS
    ]


def _given(arguments: Arguments, named: Named, at: int, *names: str) -> object:
    for name in names:
        if name in named:
            return named[name]
    return arguments[at] if at < len(arguments) else None


def _star(arguments: Arguments, named: Named) -> str:
    alias = named.get("relation_alias")
    star = f"{alias}.*" if alias else "*"
    excluded = _columns([named.get("except") or []])
    star = f"{star} EXCEPT ({', '.join(excluded)})" if excluded else star
    before, after = named.get("prefix") or "", named.get("suffix") or ""
    return f'COLUMNS({star}) AS "{before}\\0{after}"' if before or after else star


def _surrogate_key(arguments: Arguments, named: Named) -> str | None:
    given = _items([*arguments, named.get("field_list")])
    columns = [text for text in given if isinstance(text, str) and text.strip()]
    return f"md5(concat({', '.join(columns)}))" if columns else None


def _union_relations(arguments: Arguments, named: Named) -> str | None:
    relations = _given(arguments, named, 0, "relations")
    if not isinstance(relations, list | tuple):
        return None
    excluded = _columns([named.get("exclude") or []])
    star = ", ".join(_columns([named.get("include") or []])) or "*"
    star = f"* EXCEPT ({', '.join(excluded)})" if excluded else star
    column = named.get("source_column_name", "_dbt_source_relation")
    if isinstance(column, str) and _COLUMN.fullmatch(column):
        star = f"'' as {column}, {star}"
    return " union all by name ".join(f"select {star} from {name}" for name in relations)  # noqa: S608 - never run


def _union_data(arguments: Arguments, named: Named) -> str | None:
    """One table of a connector, which may have several schemas."""
    table = named.get("table_identifier") or named.get("single_table_name")
    schema = named.get("default_schema") or named.get("single_source_name")
    if not isinstance(table, str) or not isinstance(schema, str):
        return None
    return f"select * from {schema}.{table}"  # noqa: S608 - never run


def _unpivot(arguments: Arguments, named: Named) -> str | None:
    relation = _given(arguments, named, 0, "relation", "table")
    if not relation:
        return None
    kept = _columns([named.get("exclude") or []])
    left_out = kept + _columns([named.get("remove") or []])
    field, value = named.get("field_name", "field_name"), named.get("value_name", "value")
    star = f"* EXCEPT ({', '.join(left_out)})" if left_out else "*"
    made = [*kept, f"cast(null as varchar) as {field}", f"unpivoted({star}) as {value}"]
    return f"select {', '.join(made)} from {relation}"  # noqa: S608 - never run


def _pivot(arguments: Arguments, named: Named) -> str | None:
    column = _given(arguments, named, 0, "column")
    values = _given(arguments, named, 1, "values")
    if not isinstance(column, str) or not isinstance(values, list | tuple):
        return None
    aggregate, then = named.get("agg", "sum"), named.get("then_value", 1)
    before, after = named.get("prefix", ""), named.get("suffix", "")
    return ", ".join(
        f"{aggregate}(case when {column} = '{value}' then {then} else 0 end)"
        f" as {before}{re.sub(r'[^0-9A-Za-z_]+', '_', str(value))}{after}"
        for value in values
    )


def _deduplicate(arguments: Arguments, named: Named) -> str | None:
    relation = _given(arguments, named, 0, "relation")
    by = _given(arguments, named, 1, "partition_by")
    order = _given(arguments, named, 2, "order_by")
    if not relation or not by:
        return None
    sort = f" order by {order}" if order else ""
    first = f"row_number() over (partition by {by}{sort}) = 1"
    return f"select * from {relation} qualify {first}"  # noqa: S608 - never run


def _group_by(arguments: Arguments, named: Named) -> str | None:
    count = _given(arguments, named, 0, "n")
    known = isinstance(count, int) and 0 < count < 1_000
    return f"group by {', '.join(map(str, range(1, count + 1)))}" if known else None  # type: ignore[operator]


def _date_spine(arguments: Arguments, named: Named) -> str | None:
    part = _given(arguments, named, 0, "datepart")
    return f"select cast(null as date) as date_{part}" if isinstance(part, str) else None


def _quoted(arguments: Arguments, named: Named) -> str | None:
    name = _given(arguments, named, 0, "identifier", "column")
    if not isinstance(name, str):
        return None
    return name if _COLUMN.fullmatch(name) else f'"{name}"'


def _text(text: str, arguments: Arguments, named: Named) -> str:
    return text


def _called(function: str, arguments: Arguments, named: Named) -> str | None:
    """The function of the engine for the first argument."""
    value = _given(arguments, named, 0, "field", "expression", "measure", "field_to_agg")
    return f"{function}({value})" if isinstance(value, str) else None


def _function_of(function: str, arguments: Arguments, named: Named) -> str | None:
    """A call of all that is handed over, but for the units of time."""
    given = [item for item in _items((*arguments, *named.values())) if isinstance(item, str)]
    values = [text for text in given if text.strip() and text.lower() not in _DATE_PARTS]
    return f"{function}({', '.join(values)})" if values else None


def _literal(arguments: Arguments, named: Named) -> str | None:
    value = _given(arguments, named, 0, "value")
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else None


def _translated(arguments: Arguments, named: Named) -> str | None:
    name = _given(arguments, named, 0, "dtype")
    return _TYPES.get(name.lower()) if isinstance(name, str) else None


def _safe_cast(arguments: Arguments, named: Named) -> str | None:
    value, type_ = _given(arguments, named, 0, "field"), _given(arguments, named, 1, "type")
    return f"try_cast({value} as {type_})" if value and type_ in _TYPES.values() else None


_KNOWN: dict[str, Callable[[Arguments, Named], str | None]] = {
    "star": _star,
    "surrogate_key": _surrogate_key,
    "union_relations": _union_relations,
    "unpivot": _unpivot,
    "pivot": _pivot,
    "deduplicate": _deduplicate,
    "group_by": _group_by,
    "date_spine": _date_spine,
    "adapter_quote": _quoted,
    "translate_type": _translated,
    "safe_cast": _safe_cast,
    "string_literal": _literal,
    "hash": partial(_called, "md5"),
    "any_value": partial(_called, "any_value"),
    "bool_or": partial(_called, "bool_or"),
    "max_bool": partial(_called, "max"),
    "listagg": partial(_called, "listagg"),
    "string_agg": partial(_called, "string_agg"),
    "dbt_except": partial(_text, "except"),
    "dbt_intersect": partial(_text, "intersect"),
    **{f"type_{name}": partial(_text, written) for name, written in _TYPES.items()},
}
_GUESSED: dict[str, Callable[[Arguments, Named], str | None]] = {
    "union_data": _union_data,
    "union_connections": _union_data,
    "fill_staging_columns": partial(_text, "*"),
    "source_relation": partial(_text, ", '' as source_relation"),
    "pass_through_columns": partial(_text, ""),
}
"""What depends on a project's own variables."""
_OF_VALUES: dict[str, Callable[[Arguments, Named], str | None]] = {
    "current_timestamp": partial(_text, "current_timestamp"),
    **{
        name: partial(_function_of, name)
        for name in (
            "dateadd datediff date_trunc last_day date concat length position replace right "
            "split_part safe_add safe_subtract safe_divide array_append array_concat "
            "haversine_distance width_bucket"
        ).split()
    },
}
"""Functions whose arguments are SQL; under other packages' names they may be others."""

"""SQL in the place of macros whose project is not at hand.

Those of dbt and dbt_utils that models use most write here what they write there, as far as
lineage asks; any other becomes a function of the columns that it is given. Macros take the names
of columns as strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from lineage.sql.dialects import words

Arguments: TypeAlias = tuple[object, ...]
Named: TypeAlias = Mapping[str, object]

_COLUMN = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?")
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
_NO_COLUMNS = _DATE_PARTS | frozenset(_TYPES.values())
_OF_COLUMNS = re.compile(r"col|field|expression|value|date", re.IGNORECASE)


def macro_text(macro: str, arguments: Arguments, named: Named) -> str:
    """What a macro of that name writes; the parts of its name are joined by ``_``."""
    for ending, write in _KNOWN.items():
        if macro == ending or macro.endswith(f"_{ending}"):
            written = write(arguments, named)
            if written:
                return written
    columns = _columns(arguments)
    columns += _columns(value for name, value in named.items() if _OF_COLUMNS.search(name))
    return f"{macro}({', '.join(columns)})" if columns else macro


def _columns(arguments: Iterable[object]) -> list[str]:
    found: list[str] = []
    for argument in arguments:
        listed = argument if isinstance(argument, list | tuple) else [argument]
        found += [item for item in listed if isinstance(item, str) and _COLUMN.fullmatch(item)]
    return [name for name in found if name.lower() not in _NO_COLUMNS]


def _given(arguments: Arguments, named: Named, at: int, *names: str) -> object:
    for name in names:
        if name in named:
            return named[name]
    return arguments[at] if at < len(arguments) else None


def _star(arguments: Arguments, named: Named) -> str:
    alias = named.get("relation_alias")
    star = f"{alias}.*" if alias else "*"
    excluded = _columns([named.get("except") or []])
    return f"{star} EXCEPT ({', '.join(excluded)})" if excluded else star


def _surrogate_key(arguments: Arguments, named: Named) -> str:
    columns = _columns([*arguments, named.get("field_list")])
    return f"md5(concat({', '.join(columns)}))" if columns else ""


def _union_relations(arguments: Arguments, named: Named) -> str:
    relations = _given(arguments, named, 0, "relations")
    if not isinstance(relations, list | tuple):
        return ""
    return " union all ".join(f"select * from {name}" for name in relations)  # noqa: S608 - never run


def _pivot(arguments: Arguments, named: Named) -> str:
    column = _given(arguments, named, 0, "column")
    values = _given(arguments, named, 1, "values")
    if not isinstance(column, str) or not isinstance(values, list | tuple):
        return ""
    aggregate, then = named.get("agg", "sum"), named.get("then_value", 1)
    before, after = named.get("prefix", ""), named.get("suffix", "")
    return ", ".join(
        f"{aggregate}(case when {column} = '{value}' then {then} else 0 end)"
        f" as {before}{re.sub(r'[^0-9A-Za-z_]+', '_', str(value))}{after}"
        for value in values
    )


def _deduplicate(arguments: Arguments, named: Named) -> str:
    relation = _given(arguments, named, 0, "relation")
    by = _given(arguments, named, 1, "partition_by")
    order = _given(arguments, named, 2, "order_by")
    if not relation or not by:
        return ""
    sort = f" order by {order}" if order else ""
    first = f"row_number() over (partition by {by}{sort}) = 1"
    return f"select * from {relation} qualify {first}"  # noqa: S608 - never run


def _group_by(arguments: Arguments, named: Named) -> str:
    count = _given(arguments, named, 0, "n")
    known = isinstance(count, int) and 0 < count < 1_000
    return f"group by {', '.join(map(str, range(1, count + 1)))}" if known else ""  # type: ignore[operator]


def _date_spine(arguments: Arguments, named: Named) -> str:
    part = _given(arguments, named, 0, "datepart")
    return f"select cast(null as date) as date_{part}" if isinstance(part, str) else ""


def _quoted(arguments: Arguments, named: Named) -> str:
    name = _given(arguments, named, 0, "identifier", "column")
    if not isinstance(name, str):
        return ""
    return name if _COLUMN.fullmatch(name) else f'"{name}"'


def _type(text: str, arguments: Arguments, named: Named) -> str:
    return text


def _translated(arguments: Arguments, named: Named) -> str:
    name = _given(arguments, named, 0, "dtype")
    return _TYPES.get(name.lower(), "") if isinstance(name, str) else ""


def _safe_cast(arguments: Arguments, named: Named) -> str:
    value, type_ = _given(arguments, named, 0, "field"), _given(arguments, named, 1, "type")
    return f"try_cast({value} as {type_})" if value and type_ in _TYPES.values() else ""


_KNOWN: dict[str, Callable[[Arguments, Named], str]] = {
    "star": _star,
    "surrogate_key": _surrogate_key,
    "union_relations": _union_relations,
    "pivot": _pivot,
    "deduplicate": _deduplicate,
    "group_by": _group_by,
    "date_spine": _date_spine,
    "adapter_quote": _quoted,
    "translate_type": _translated,
    "safe_cast": _safe_cast,
    **{f"type_{name}": partial(_type, written) for name, written in _TYPES.items()},
}

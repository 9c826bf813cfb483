"""Templated SQL of dbt, rendered without the project it belongs to.

``ref``, ``source``, ``var``, ``config`` and ``this`` mean what they mean in dbt; whatever else a
template calls is not known here and leaves a name in the place of a table's, a call elsewhere, with
a doubt that says so. Variables of clients are read as their names in names, as values elsewhere.
SQL that dbt compiled itself is always the better text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from jinja2 import FunctionLoader, Template, TemplateAssertionError, TemplateError, Undefined

from lineage.sql.dialects import dialect_of
from lineage.sql.templates.bounds import BoundedEnvironment, compiled
from lineage.sql.templates.dbt_macros import (
    Relation,
    columns_given,
    macro_text,
    package_text,
    relations_in,
)
from lineage.sql.templates.loops import ONCE, enter_loops
from lineage.sql.templates.places import (
    before_hit,
    is_name,
    mark_call,
    mark_name,
    placed,
    without_marks,
)
from lineage.sql.templates.tools import as_of_dbt

_MARKS = re.compile(r"\{\{|\{%|\{#")
_VARIABLES = re.compile(r"[$&]\{(?:\w+:)?(\w+)\}|\$\((\w+)\)")
"""``${hiveconf:name}`` of Hive, ``&{name}`` of SnowSQL, ``$(name)`` of sqlcmd."""
_FORMATTED = re.compile(r"(?<![$&{'\"`@])\{([^\W_]\w*)\}(?!\})")
"""``{schema}.t`` of a program that puts the text together."""
_FORMATTED_IN_QUOTES = re.compile(
    r"(?<=`)\{(?P<a>[^\W_]\w*)\}(?=[`.\w-])|(?<=\")\{(?P<b>[^\W_]\w*)\}(?=\w*\"\.)"
    r"|(?<=\.\")\{(?P<c>[^\W_]\w*)\}(?=\w*\")|%\((?P<d>\w+)\)s(?=[._`\"\]-])"
    r"|(?<=\.)%\((?P<e>\w+)\)s\b"
)
"""The same in a quoted name, and ``%(schema)s.t``."""
_ANGLED = re.compile(r"(?<![\w<>=])<([A-Za-z]\w*)>(?=\s*\.\s*[\w<`])")
"""``<schema>.t`` of a text that asks for a name in its place."""
_PIPELINE = re.compile(r"@\{([^{}]*)\}")
"""``@{pipeline().parameters.name}`` of Data Factory."""
_AWAITS_VALUE = re.compile(
    r"(?:[=<>(,+\-*/]|\b(?:AND|OR|IN|LIKE|BETWEEN|SELECT)\s)\s*$", re.IGNORECASE
)
_RENDERED_LIMIT = 2_000_000
"""Characters beyond which a template is taken for a bomb."""
DOUBT_CONFIDENCE = 0.5
"""The most that an edge is believed when a part of its template was not understood."""
ASSUMED_CONFIDENCE = 0.9
"""The same when macros were taken for those that their packages have under these names."""
_MOST_MARKS = 20_000
"""Marks beyond which a template is not executed, which takes 0.2 ms each."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Plain SQL, and a sentence for everything in the template that was not understood."""

    sql: str
    doubts: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    """Names in lower case that unknown macros were given, which may be columns."""
    assumed: tuple[str, ...] = ()
    """A sentence for every macro that was read as its package writes it, without the package."""

    @property
    def confidence(self) -> float:
        """The most that an edge of the text is believed."""
        if self.doubts:
            return DOUBT_CONFIDENCE
        return ASSUMED_CONFIDENCE if self.assumed else 1.0


def is_template(sql: str) -> bool:
    """Whether the text holds the marks of a template, perhaps inside a string."""
    return _MARKS.search(sql) is not None


def render(
    sql: str,
    *,
    dialect: str = "",
    variables: Mapping[str, object] | None = None,
    this: str | None = None,
    relation: Callable[[str], str] | None = None,
) -> Rendered:
    """The text with its template executed; the text itself where there is none to execute.

    ``relation`` gives the table of a model that ``ref`` names (its own name without it),
    ``this`` the table being built, ``variables`` the project's. ``dialect`` is what dbt's
    ``target.type`` says, as far as it is known. Incremental parts are left out,
    as in a full refresh, and so are hooks.
    """
    sql = _PIPELINE.sub(_pipeline, _VARIABLES.sub(_variable, as_of_dbt(sql)))
    sql = _ANGLED.sub(r"\1", sql)
    sql = _FORMATTED.sub(lambda hit: hit.group(1 if is_name(hit) else 0), sql)
    sql = _FORMATTED_IN_QUOTES.sub(lambda hit: str(hit[hit.lastgroup or 0]), sql)
    if not is_template(sql):
        return Rendered(sql)
    if sql.count("{{") + sql.count("{%") > _MOST_MARKS:
        return Rendered(_blanked(sql), ("The template has too many parts.",))
    doubts: dict[str, None] = {}
    assumed: dict[str, None] = {}
    given: set[str] = set()

    def missing(file: str) -> str:
        doubts[f"The template's {file!r} is not at hand."] = None
        return ""

    environment = BoundedEnvironment(
        undefined=(unknown := _unknown(doubts, assumed, given)),
        extensions=["jinja2.ext.do"],
        loader=FunctionLoader(missing),
        autoescape=False,
    )
    environment.filters[ONCE] = partial(_once, unknown)
    environment.globals.update(_macros(dict(variables or {}), this, relation, dialect))
    try:
        pieces: list[str] = []
        size = 0
        for piece in _template(environment, _without_blocks(sql), doubts).generate():
            size += len(piece)
            if size > _RENDERED_LIMIT:
                return Rendered(_blanked(sql), ("The template writes too much text.",))
            pieces.append(piece)
        text = placed("".join(pieces))
        return Rendered(text, tuple(doubts), frozenset(given), tuple(assumed))
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
        KeyError,
        MemoryError,
    ) as error:
        reason = f"The template could not be executed ({type(error).__name__})."
        return Rendered(_blanked(sql), (reason,))


def _variable(hit: re.Match[str]) -> str:
    """The name of a variable that is a name or a part of one, NULL for a value."""
    return (hit.group(1) or hit.group(2)) if is_name(hit) else "NULL"


def _pipeline(hit: re.Match[str]) -> str:
    """The last word of an expression that is a name, NULL for a value, nothing for a clause."""
    if is_name(hit):
        return (re.findall(r"\w+", hit.group(1)) or ["parameter"])[-1]
    return "NULL" if _AWAITS_VALUE.search(before_hit(hit)) else ""


_UNKNOWN_FILTER = re.compile(r"No (filter|test) named '(\w+)'")
_MOST_FILTERS = 50


def _template(environment: BoundedEnvironment, sql: str, doubts: dict[str, None]) -> Template:
    """The template; filters and tests of the project leave what they are put on as it is."""
    for _ in range(_MOST_FILTERS):
        try:
            return compiled(environment, enter_loops(environment.parse(sql)))
        except TemplateAssertionError as error:
            hit = _UNKNOWN_FILTER.search(str(error))
            if hit is None:
                raise
            known = environment.filters if hit.group(1) == "filter" else environment.tests
            known[hit.group(2)] = _unchanged
            doubts[f"The template's {hit.group(2)!r} is not known."] = None
    return compiled(environment, environment.parse(sql))


def _once(unknown: type[Undefined], value: Any, taken: int) -> Any:
    """What a loop goes over, one item with a name of its own where that is not known."""
    if not isinstance(value, unknown | _StandIn):
        return value
    name = without_marks(str(value)).partition("(")[0]
    item = unknown(name=re.sub(r"\W+", "_", name).strip("_"))
    return [item if taken == 1 else (item,) * taken]


def _unchanged(value: object, *_: object, **__: object) -> object:
    return value


def _macros(
    variables: dict[str, object],
    this: str | None,
    relation: Callable[[str], str] | None,
    dialect: str,
) -> dict[str, Any]:
    def ref(*names: str, **_: object) -> str:
        model = without_marks(str(names[-1]))
        return Relation(relation(model) if relation is not None else model)

    def source(group: str, table: str) -> str:
        return Relation(without_marks(f"{group}.{table}"))

    def var(name: str, default: object = None) -> object:
        unknown = _StandIn(mark_name(re.sub(r"\W+", "_", name)))
        return variables.get(name, default if default is not None else unknown)

    def nothing(*_: object, **__: object) -> str:
        return ""

    def no(*_: object, **__: object) -> bool:
        return False

    return {
        "ref": ref,
        "source": source,
        "var": var,
        "env_var": var,
        "config": nothing,
        "this": Relation(this or "this"),
        "target": _Target(dialect_of(dialect) or ""),
        "is_incremental": no,
        "is_init": no,
        "execute": False,
        "log": nothing,
        "return": nothing,
        "statement": nothing,
    }


class _Counted:
    """What is not known may be counted with: ``today() - timedelta(days=1)``, ``range(days)``."""

    __slots__ = ()

    def _itself(self, _other: object = None) -> Any:
        return self

    def _no(self, _other: object) -> bool:
        return False

    def _one(self) -> int:
        return 1

    __sub__: Any = _itself
    __rsub__: Any = _itself
    __mul__: Any = _itself
    __rmul__: Any = _itself
    __truediv__: Any = _itself
    __rtruediv__: Any = _itself
    __floordiv__: Any = _itself
    __rfloordiv__: Any = _itself
    __mod__: Any = _itself
    __rmod__: Any = _itself
    __neg__: Any = _itself
    __lt__: Any = _no
    __le__: Any = _no
    __gt__: Any = _no
    __ge__: Any = _no
    __index__: Any = _one

    def __add__(self, other: object) -> Any:
        return f"{self}{other}" if isinstance(other, str | Undefined) else self

    def __radd__(self, other: object) -> Any:
        return f"{other}{self}" if isinstance(other, str | Undefined) else self


_ASKED_BY_JINJA = frozenset({"unsafe_callable", "alters_data"})


_ASSUMED = "The template's {!r} was read as its package writes it."


def _unknown(doubts: dict[str, None], assumed: dict[str, None], given: set[str]) -> type[Undefined]:
    """What stands for a name that nobody defined: callable, iterable, a placeholder as text."""

    class Unknown(_Counted, Undefined):
        def _name(self) -> str:
            return re.sub(r"\W+", "_", str(self._undefined_name or "unknown")).strip("_")

        def _doubt(self) -> None:
            doubts[f"The template's {self._name()!r} is not known."] = None

        def __call__(self, *args: object, **kwargs: object) -> Any:
            if package_text(self._name(), args, kwargs) is None:
                self._doubt()
            else:
                assumed[_ASSUMED.format(self._name())] = None
            given.update(name.lower() for name in columns_given(args, kwargs))
            return _StandIn(_macro_called(self._name(), args, kwargs))

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__") or name in _ASKED_BY_JINJA:
                raise AttributeError(name)
            return Unknown(name=f"{self._undefined_name}_{name}")

        def __getitem__(self, key: object) -> Any:
            return Unknown(name=f"{self._undefined_name}_{key}")

        def __str__(self) -> str:
            self._doubt()
            return mark_name(self._name())

        def __bool__(self) -> bool:
            self._doubt()
            return True

        def __iter__(self) -> Any:
            self._doubt()
            return iter(())

        def __len__(self) -> int:
            return 0

        def __hash__(self) -> int:
            return id(type(self))

        def __eq__(self, other: object) -> bool:
            return False

        def __ne__(self, other: object) -> bool:
            return True

    return Unknown


def _macro_called(name: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """What an unknown call writes, marked where it is no text of a known macro."""
    text = macro_text(name, args, kwargs)
    relations = relations_in(name, args, kwargs)
    if text == name:
        return mark_name(text, relations)
    return mark_call(text, relations) if text.startswith(f"{name}(") else text


_NAMED_MACRO = re.compile(r"\(\s*(\w+)")


_ADAPTERS = {"tsql": "sqlserver"}
"""What dbt's adapters are called, where that is not the name of the dialect."""


class _Target:
    """Where dbt builds: of what kind that is, and placeholders for all else, since the profile is
    not at hand."""

    __slots__ = ("_kind",)

    def __init__(self, dialect: str) -> None:
        self._kind = _ADAPTERS.get(dialect, dialect)

    def __getattr__(self, name: str) -> str:
        if name == "type" and self._kind:
            return self._kind
        if name.startswith("__") or name in _ASKED_BY_JINJA:
            raise AttributeError(name)
        return _StandIn(f"target_{name}")

    __getitem__ = __getattr__


class _StandIn(_Counted, str):
    """The text of an unknown call; a loop over what it returns has nothing to go over. Called
    itself (``adapter.dispatch('name')(column)``) it is the macro of its first argument's name."""

    __slots__ = ()

    def __call__(self, *args: object, **kwargs: object) -> _StandIn:
        named = _NAMED_MACRO.search(self)
        name = named.group(1) if named else without_marks(self)
        return _StandIn(_macro_called(name, args, kwargs))

    def __iter__(self) -> Iterator[str]:
        return iter(())


_BLOCKS = re.compile(
    r"\{%-?\s*(?P<tag>snapshot|macro|test|materialization|docs)\b(?:(?!\{%).)*?-?%\}", re.DOTALL
)
_EXTENDS = re.compile(r"\{%-?\s*extends\b(?:(?!\{%).)*?%\}", re.DOTALL)
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\b")
_ENDS = re.compile(r"\{%-?\s*end(?:snapshot|test|materialization|docs)\s*-?%\}")


def _without_blocks(sql: str) -> str:
    """dbt's own tags that Jinja does not have: the text inside a snapshot is its query."""
    sql = _EXTENDS.sub("", sql)
    opened = _BLOCKS.sub(lambda hit: hit.group() if hit.group("tag") == "macro" else "", sql)
    closing = ";" if len(_SNAPSHOT.findall(sql)) > 1 else ""
    return _ENDS.sub(lambda hit: closing if "snapshot" in hit.group() else "", opened)


_EXPRESSION = re.compile(r"\{\{(?:(?!\{\{).)*?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%(?:(?!\{%).)*?%\}|\{#(?:(?!\{#).)*?#\}", re.DOTALL)
_REFERS = re.compile(r"\{\{-?\s*ref\b")
_BEFORE_TABLE = re.compile(r"\b(?:from|join|into|update|table)\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")


def _blanked(sql: str) -> str:
    """What is left of a template that cannot be executed: names of tables, no logic."""

    def name(hit: re.Match[str]) -> str:
        words = _QUOTED.findall(hit.group())
        if "source" in hit.group() and len(words) >= 2:
            return f"{words[0]}.{words[1]}"
        if words and _REFERS.search(hit.group()):
            return words[-1]
        return "placeholder" if _BEFORE_TABLE.search(before_hit(hit)) else "NULL"

    return _EXPRESSION.sub(name, _STATEMENT.sub("", sql))

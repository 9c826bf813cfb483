"""Templated SQL of dbt, rendered without the project it belongs to.

``ref``, ``source``, ``var``, ``config`` and ``this`` mean what they mean in dbt; whatever else a
template calls is not known here and leaves a name in its place, with a doubt that says so. SQL
that dbt compiled itself is always the better text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

_MARKS = re.compile(r"\{\{|\{%|\{#")
_RENDERED_LIMIT = 2_000_000
"""Characters beyond which a template is taken for a bomb."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Plain SQL, and a sentence for everything in the template that was not understood."""

    sql: str
    doubts: tuple[str, ...] = ()


def is_template(sql: str) -> bool:
    """Whether the text holds the marks of a template, perhaps inside a string."""
    return _MARKS.search(sql) is not None


def render(
    sql: str,
    *,
    variables: Mapping[str, object] | None = None,
    this: str | None = None,
    relation: Callable[[str], str] | None = None,
) -> Rendered:
    """The text with its template executed; the text itself where there is none to execute.

    ``relation`` gives the table of a model that ``ref`` names (its own name without it),
    ``this`` the table being built, ``variables`` the project's. Incremental parts are left out,
    as in a full refresh, and so are hooks.
    """
    if not is_template(sql):
        return Rendered(sql)
    doubts: dict[str, None] = {}
    environment = ImmutableSandboxedEnvironment(
        undefined=_unknown(doubts), extensions=["jinja2.ext.do"], autoescape=False
    )
    environment.globals.update(_macros(dict(variables or {}), this, relation))
    try:
        pieces: list[str] = []
        size = 0
        for piece in environment.from_string(_without_blocks(sql)).generate():
            size += len(piece)
            if size > _RENDERED_LIMIT:
                return Rendered(_blanked(sql), ("The template writes too much text.",))
            pieces.append(piece)
        return Rendered("".join(pieces), tuple(doubts))
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
        KeyError,
    ) as error:
        reason = f"The template could not be executed ({type(error).__name__})."
        return Rendered(_blanked(sql), (reason,))


def _macros(
    variables: dict[str, object], this: str | None, relation: Callable[[str], str] | None
) -> dict[str, Any]:
    def ref(*names: str, **_: object) -> str:
        model = str(names[-1])
        return relation(model) if relation is not None else model

    def source(group: str, table: str) -> str:
        return f"{group}.{table}"

    def var(name: str, default: object = None) -> object:
        return variables.get(name, default if default is not None else name)

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
        "this": this or "this",
        "is_incremental": no,
        "execute": False,
        "log": nothing,
        "return": nothing,
    }


_ASKED_BY_JINJA = frozenset({"unsafe_callable", "alters_data"})
_COLUMN = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?")


def _unknown(doubts: dict[str, None]) -> type[Undefined]:
    """What stands for a name that nobody defined: callable, iterable, a placeholder as text."""

    class Unknown(Undefined):
        def _name(self) -> str:
            return re.sub(r"\W+", "_", str(self._undefined_name or "unknown")).strip("_")

        def _doubt(self) -> None:
            doubts[f"The template's {self._name()!r} is not known."] = None

        def __call__(self, *args: object, **kwargs: object) -> Any:
            self._doubt()
            return _StandIn(_stand_in(self._name(), args))

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__") or name in _ASKED_BY_JINJA:
                raise AttributeError(name)
            return Unknown(name=f"{self._undefined_name}_{name}")

        def __getitem__(self, key: object) -> Any:
            return Unknown(name=f"{self._undefined_name}_{key}")

        def __str__(self) -> str:
            self._doubt()
            return self._name()

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

        def __add__(self, other: object) -> Any:
            return f"{self}{other}"

        def __radd__(self, other: object) -> Any:
            return f"{other}{self}"

    return Unknown


class _StandIn(str):
    """The text of an unknown call; a loop over what it returns has nothing to go over."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(())


def _stand_in(macro: str, arguments: tuple[object, ...]) -> str:
    """SQL in the place of an unknown macro's text: a function of the columns that it is given.

    Macros take the names of columns as strings. The two of dbt_utils that models use most are
    known: ``star`` and ``generate_surrogate_key``.
    """
    if macro.endswith("_star") or macro == "star":
        return "*"
    columns: list[str] = []
    for argument in arguments:
        listed = argument if isinstance(argument, list | tuple) else [argument]
        columns += [item for item in listed if isinstance(item, str) and _COLUMN.fullmatch(item)]
    if not columns:
        return macro
    if macro.endswith("surrogate_key"):
        return f"md5(concat({', '.join(columns)}))"
    return f"{macro}({', '.join(columns)})"


_BLOCKS = re.compile(
    r"\{%-?\s*(?P<tag>snapshot|macro|test|materialization|docs)\b.*?-?%\}", re.DOTALL
)
_ENDS = re.compile(r"\{%-?\s*end(?:snapshot|test|materialization|docs)\s*-?%\}")


def _without_blocks(sql: str) -> str:
    """dbt's own tags that Jinja does not have: the text inside a snapshot is its query."""
    opened = _BLOCKS.sub(lambda hit: hit.group() if hit.group("tag") == "macro" else "", sql)
    return _ENDS.sub("", opened)


_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")


def _blanked(sql: str) -> str:
    """What is left of a template that cannot be executed: names of tables, no logic."""

    def name(hit: re.Match[str]) -> str:
        words = _QUOTED.findall(hit.group())
        if "source" in hit.group() and len(words) >= 2:
            return f"{words[0]}.{words[1]}"
        return words[-1] if words and "ref" in hit.group() else "placeholder"

    return _EXPRESSION.sub(name, _STATEMENT.sub("", sql))

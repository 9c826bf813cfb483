"""Macros of DuckDB that a text makes and then calls.

DuckDB puts what a macro says in the place of each call, names of arguments included, and so does
the check, before it reads a statement: what is called is looked at where it is called. What a macro
made before the text says is not known, so that such a call is refused as that of any function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sqlglot import exp

from governance.permissions.native.reading import parsed
from governance.permissions.native.refusing import Refused
from governance.permissions.native.seen.shaping import Splice, spliced
from governance.permissions.native.tables.functions import (
    FROM_ROWS,
    MISSING_IN_DUCKDB,
    READING,
    is_built_in,
)
from governance.permissions.native.text.brackets import (
    closing,
    deeper,
    parts_of,
    said,
    shown_values,
)
from governance.permissions.native.types import Change, CheckAnswer, Reason, Verdict
from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

_DEEPEST = 8
"""Macros that call macros."""
_LONGEST = 100_000
"""Characters of a statement with all macros put in."""
_CONSTANTS = frozenset({"NULL", "TRUE", "FALSE"})
_OF_AGGREGATES = frozenset({"OVER", "FILTER", "WITHIN", "IGNORE", "RESPECT"})
_NAMES_ALONE = frozenset({"add", "subtract", "multiply", "divide"})
"""Functions of DuckDB that nothing calls by itself: operators have names of their own."""
_BEFORE_TABLES = frozenset("INTO TABLE VIEW WITH RECURSIVE AS EXISTS".split())
_PLAIN_VALUES = (exp.Connector, exp.Case, exp.If, exp.Cast, exp.Coalesce, exp.Exists)
"""What sqlglot takes for functions, and no engine for an aggregate."""
_PLAIN = re.compile(r"[A-Za-z_]\w*|\d+")
_CONSTANT = re.compile(r"-?\d+(?:\.\d+)?|'[^']*'|NULL|TRUE|FALSE", re.IGNORECASE)
_STAND_IN = "macro_parameter_"
_VALUES = "macro_values"
_NAMED = " AS macro_value"
"""The name of what a macro says, in a query by itself."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro as CREATE MACRO says it. `parameters` have their defaults, empty where there is
    none; `head` is the statement as far as `body`."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    head: str
    body: str
    is_table: bool
    rules: DialectRules
    looks_up: bool = False
    """Whether it is a value of its parameters and of queries, and of no other rows."""
    tables: frozenset[str] = frozenset()
    """What the queries in it call their tables."""
    is_call: bool = False
    """Whether it is one function, which may be an aggregate."""

    def with_arguments(self, arguments: Sequence[str]) -> str:
        """What it says with a text in the place of each parameter."""
        given = {name: text for (name, _), text in zip(self.parameters, arguments, strict=True)}
        splices = [
            Splice(one.start, one.end, f"({given[one.name.lower()]})")
            for one in tokens(self.body, self.rules)
            if one.kind in (Kind.WORD, Kind.QUOTED) and one.name.lower() in given
        ]
        return spliced(self.body, splices)[0]

    def called_with(self, arguments: Sequence[str], words: Set[str]) -> str | None:
        """What stands in the place of a call. The names in its arguments are those of the
        statement, of which `words` are given, and none of the queries in it; None where that
        cannot be told apart."""
        plain = all(map(_CONSTANT.fullmatch, arguments))
        if plain or self.is_table or not self.tables:
            return f"({self.with_arguments(arguments)})"
        if not self.looks_up or self.tables & words:
            return None
        values = [(f"{_VALUES}.{name}", name) for name, _ in self.parameters]
        given = ", ".join(
            f"({text}) AS {name}" for text, (_, name) in zip(arguments, values, strict=True)
        )
        body = self.with_arguments([shown for shown, _ in values])
        return f"(SELECT {body} FROM (SELECT {given}) AS {_VALUES})"  # noqa: S608 - is checked

    @property
    def as_query(self) -> str:
        """A query that reads what it reads, whatever it is called with."""
        stand_ins = [f"'{_STAND_IN}{at}'" for at in range(len(self.parameters))]
        body = self.with_arguments(stand_ins)
        return body if self.is_table else f"SELECT {body}{_NAMED}"

    def made_of(self, query: str) -> str | None:
        """The statement that makes it of a query in the place of `as_query`; None where it cannot
        be told from the query."""
        is_value = query.startswith("SELECT ") and query.endswith(_NAMED)
        if not self.is_table and not is_value:
            return None
        body = query if self.is_table else query.removeprefix("SELECT ").removesuffix(_NAMED)
        for at, (name, _) in enumerate(self.parameters):
            body = body.replace(f"'{_STAND_IN}{at}'", name)
        return None if _STAND_IN in body else self.head + body


@dataclass(slots=True)
class Macros:
    """The macros that a text has made so far, by their names in lower case, each with its forms."""

    _made: dict[str, Sequence[Macro]] = field(default_factory=dict)

    def add(self, forms: Sequence[Macro]) -> None:
        """It may be called from here on."""
        self._made[forms[0].name] = forms

    def clear(self) -> None:
        """None is there any more for certain."""
        self._made.clear()

    def dropped(self, sql: str, rules: DialectRules) -> bool:
        """Whether the statement drops one of them, which is gone then."""
        if not self._made:
            return False
        found = said(sql, rules)
        words = [one.word for one in found]
        is_drop = words[:2] in (["DROP", "MACRO"], ["DROP", "FUNCTION"]) and len(found) in (3, 5)
        if not is_drop or (len(found) == 5 and words[2:4] != ["IF", "EXISTS"]):
            return False
        return self._made.pop(found[-1].name.lower(), None) is not None

    def put_in(self, sql: str, rules: DialectRules) -> str | None:
        """The statement with what macros say in the place of their calls; None where it calls
        none that can be followed."""
        text = sql
        for _ in range(_DEEPEST if self._made else 0):
            splices = self._calls(text, rules)
            if not splices:
                return None if text is sql else text
            text = spliced(text, splices)[0]
            if len(text) > _LONGEST:
                return None
        return None

    def unfollowed(self, sql: str, rules: DialectRules) -> str:
        """The name of a macro that the statement calls and that was not put in: one of the text, or
        one that somebody must have made, for DuckDB has no function of that name. Empty where it
        calls none."""
        names = MISSING_IN_DUCKDB | self._made.keys() if rules.name == "duckdb" else frozenset()
        if names.isdisjoint(re.findall(r"\w+", sql.lower())):
            return ""
        found = said(sql, rules)
        for at, one in enumerate(found[:-1]):
            is_name = one.kind in (Kind.WORD, Kind.QUOTED) and one.name.lower() in names
            if is_name and found[at + 1].text == "(" and not _names_table(found, at):
                return one.name.lower()
        return ""

    def _calls(self, sql: str, rules: DialectRules) -> list[Splice]:
        """Of calls within calls only the outer ones."""
        found, splices, at = said(sql, rules), [], 0
        shown = shown_values(found)
        words = {one.name.lower() for one in found if one.kind in (Kind.WORD, Kind.QUOTED)}
        while at < len(found) - 2:
            forms = self._called(found, at)
            end = closing(found, at + 1) if forms else at
            first = _start_of_call(found, at) if forms else at
            within = _with_owner(found, first, at, end)
            given = ((one, _arguments(one, within, sql)) for one in forms)
            macro, arguments = next((one for one in given if one[1] is not None), (None, None))
            text = macro.called_with(arguments, words) if macro and arguments is not None else None
            after = found[end + 1].word if end + 1 < len(found) else ""
            if text is not None and after in _OF_AGGREGATES:
                text = text[1:-1] if macro and macro.is_call and after == "OVER" else None
            if macro is None or arguments is None or text is None:
                at += 1
                continue
            owner, in_main = found[first:at], _is_in_main(found, at)
            behind = [sql[part[0].start : part[-1].end] for part in parts_of(found[at + 2 : end])]
            is_plain = all(map(_PLAIN.fullmatch, (*behind, *(one.text for one in owner[::2]))))
            if (first, end) in shown and is_plain:
                before = "".join(one.text for one in owner)
                name = (before.lower() if in_main else before) + macro.name
                text += f' AS "{name}({", ".join(behind)})"'
            splices.append(Splice(found[first].start, found[end].end, text))
            at = end + 1
        return splices

    def _called(self, found: Sequence[Token], at: int) -> Sequence[Macro]:
        one = found[at]
        is_call = one.kind in (Kind.WORD, Kind.QUOTED) and found[at + 1].text == "("
        is_own = at == 0 or found[at - 1].text != "." or _start_of_call(found, at) < at
        return self._made.get(one.name.lower(), ()) if is_call and is_own else ()


def macro_of(sql: str, rules: DialectRules) -> tuple[Macro, ...]:
    """The forms of the macro that a statement makes; none where it makes none, or one that the
    check cannot follow: with typed parameters, or called like a function that is built in, which
    other statements and masks would call then."""
    found = said(sql, rules) if rules.name == "duckdb" else []
    words = [one.word for one in found]
    at = 3 if words[:3] == ["CREATE", "OR", "REPLACE"] else 1
    at += 1 if words[at : at + 1] in (["TEMP"], ["TEMPORARY"]) else 0
    is_macro = words[:1] == ["CREATE"] and words[at : at + 1] in (["MACRO"], ["FUNCTION"])
    at += 2 if is_macro and len(found) > at + 3 and _is_in_main(found, at + 3) else 0
    name = found[at + 1].word.lower() if is_macro and len(found) > at + 1 else ""
    if not _may_be_called(name):
        return ()
    forms = []
    for start, stop in _forms(found, at + 2):
        form = _form(name, found[start:stop], sql, rules)
        if form is None:
            return ()
        forms.append(form)
    sizes = {len(one.parameters) for one in forms}
    is_one = len(forms) == 1 or not any(default for one in forms for _, default in one.parameters)
    return tuple(forms) if is_one and len(sizes) == len(forms) else ()


def _is_in_main(found: Sequence[Token], at: int) -> bool:
    """Whether a name is written with the schema that macros are made in, and nothing before."""
    return (
        at > 1
        and (found[at - 2].word, found[at - 1].text) == ("MAIN", ".")
        and (at < 3 or found[at - 3].text != ".")
    )


def _start_of_call(found: Sequence[Token], at: int) -> int:
    """Where a call begins whose name is at `at`: with its schema, or with the names of the value
    that it is called on (``c.id.f()``); `at` where it stands alone or on any other value."""
    first = at
    while first > 1 and found[first - 1].text == ".":
        if found[first - 2].kind not in (Kind.WORD, Kind.QUOTED):
            return at
        first -= 2
    return first


def _with_owner(found: Sequence[Token], first: int, at: int, end: int) -> list[Token]:
    """What a macro is called with, before all else the value that it is called on."""
    within = list(found[at + 2 : end])
    if first == at or _is_in_main(found, at):
        return within
    comma = [Token(Kind.SIGN, ",", 0, 0)] if within else []
    return [*found[first : at - 1], *comma, *within]


def _forms(found: Sequence[Token], first: int) -> list[tuple[int, int]]:
    """From where to where each form goes: ``(a) AS a + 1, (a, b) AS a + b``."""
    starts = [first]
    depth = 0
    for at in range(first, len(found) - 1):
        depth += deeper(found[at])
        if depth == 0 and found[at].text == "," and found[at + 1].text == "(":
            after = closing(found, at + 1) + 1
            if after < len(found) and found[after].word == "AS":
                starts.append(at + 1)
    return [(start, end - 1) for start, end in pairwise([*starts, len(found) + 1])]


def _form(name: str, found: Sequence[Token], sql: str, rules: DialectRules) -> Macro | None:
    end = closing(found, 0) if found and found[0].text == "(" else 0
    words = [one.word for one in found[end + 1 : end + 3]]
    parameters = _parameters(found[1:end]) if end else None
    first = end + 3 if words == ["AS", "TABLE"] else end + 2
    if parameters is None or words[:1] != ["AS"] or first >= len(found):
        return None
    start = found[first].start
    body = sql[start : found[-1].end]
    return _followed(Macro(name, parameters, sql[:start], body, first == end + 3, rules))


def kept_as_seen(forms: Sequence[Macro], answers: Sequence[Verdict], sql: str) -> Verdict:
    """The answer to the statement that makes a macro, of those to what its forms say. Raises
    Refused."""
    found = next((one for one in answers if one.answer is not CheckAnswer.ALLOW), answers[0])
    if found.answer is CheckAnswer.DENY:
        return found
    found = replace(found, decisions=tuple(d for one in answers for d in one.decisions))
    if found.answer is CheckAnswer.ALLOW:
        return replace(found, sql=sql)
    kept = forms[0].made_of(found.sql) if len(forms) == 1 else None
    if kept is None:
        raise Refused(Reason("statement", "What the macro reads cannot be kept as it is seen."))
    rules = tuple(dict.fromkeys(rule for one in found.changes for rule in one.rules))
    told = Change(0, len(kept), "It reads what may be seen.", rules)
    return replace(found, sql=kept, changes=(told,))


def _may_be_called(name: str) -> bool:
    """Whether a macro of that name stands in the way of nothing that is known by it."""
    is_known = is_built_in(name, "duckdb") or name in READING or name in FROM_ROWS
    is_known = is_known and name not in _NAMES_ALONE | MISSING_IN_DUCKDB
    return bool(name) and not is_known and not name.startswith(("duckdb_", "pragma_", "_"))


def _names_table(found: Sequence[Token], at: int) -> bool:
    """Whether a name before brackets is that of a table or a query with its columns."""
    while at > 1 and found[at - 1].text == ".":
        at -= 2
    return at > 0 and found[at - 1].word in _BEFORE_TABLES


def _parameters(found: Sequence[Token]) -> tuple[tuple[str, str], ...] | None:
    parameters: dict[str, str] = {}
    for part in parts_of(found):
        name, default = (part[0].word.lower() if part else ""), part[1:]
        assigned = _assigned(default)
        is_constant = len(assigned) == 1 and (
            assigned[0].kind in (Kind.NUMBER, Kind.STRING) or assigned[0].word in _CONSTANTS
        )
        if not name or name in parameters or (default and not is_constant):
            return None
        parameters[name] = assigned[0].text if default else ""
    return tuple(parameters.items())


def _assigned(found: Sequence[Token]) -> Sequence[Token]:
    """What follows `:=`; nothing where that does not stand there."""
    return found[2:] if [one.text for one in found[:2]] == [":", "="] else ()


def _arguments(macro: Macro, found: Sequence[Token], sql: str) -> list[str] | None:
    """A text for each parameter; None where they do not fit."""
    given: dict[str, str] = {}
    names = [name for name, _ in macro.parameters]
    for at, part in enumerate(parts_of(found)):
        named = _assigned(part[1:]) if part and part[0].kind is Kind.WORD else ()
        name = part[0].name.lower() if named else names[at] if at < len(names) else ""
        value = named or part
        if not value or name not in names or name in given or value[0].word == "DISTINCT":
            return None
        given[name] = sql[value[0].start : value[-1].end]
    texts = [given.get(name) or default for name, default in macro.parameters]
    return texts if all(texts) else None


def _followed(macro: Macro) -> Macro | None:
    """The macro, where each name of a parameter in it stands for what it is called with."""
    shown = macro.body if macro.is_table else f"SELECT {macro.body}"
    tree = parsed(shown, macro.rules)
    if isinstance(tree, str) or not isinstance(tree, exp.Query) or _STAND_IN in macro.body:
        return None
    if not macro.is_table and not _is_one_value(tree):
        return None
    written = [
        one.name.lower()
        for one in tokens(macro.body, macro.rules)
        if one.kind in (Kind.WORD, Kind.QUOTED)
    ]
    tables = {one.alias_or_name.lower() for one in tree.find_all(exp.Table, exp.Subquery)}
    columns = [
        one.parts[0].name.lower()
        for one in tree.find_all(exp.Column)
        if len(one.parts) == 1 or not tables  # a field of it
    ]
    if any(written.count(name) != columns.count(name) for name, _ in macro.parameters):
        return None
    functions = [
        one
        for one in tree.find_all(exp.Func, exp.Window)
        if one.find_ancestor(exp.Select) is tree and not isinstance(one, _PLAIN_VALUES)
    ]
    value = tree.expressions[0] if not macro.is_table else None
    return replace(
        macro,
        looks_up=value is not None and not functions,
        tables=frozenset(tables),
        is_call=isinstance(value, exp.Func) and [value] == functions[:1] and not tables,
    )


def _is_one_value(tree: exp.Query) -> bool:
    given = {key for key, value in tree.args.items() if value}
    values = tree.expressions
    return given == {"expressions"} and len(values) == 1 and not isinstance(values[0], exp.Alias)

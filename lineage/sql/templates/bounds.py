"""What a template may take: steps, time of the processor, and the size of any one value.

Jinja's sandbox keeps a template from reaching anything; it does not keep ``x ~ x`` from doubling a
text forty times, nor a loop inside a loop from running for a day. Every value that a template
makes is measured here before it exists where that is possible, and every turn of a loop and every
call is counted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import update_wrapper
from itertools import islice
from typing import Any

from jinja2 import Template, TemplateRuntimeError, nodes
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

MOST_STEPS = 200_000
"""Calls and turns of loops, and items of the values that a template makes."""
MOST_SECONDS = 5.0
"""Of the processor: what steps cannot count, such as a search in a long text."""
LARGEST = 1_000_000
"""Characters or items of one value."""

_COUNTED, _MEASURED, _JOINED = "counted_", "measured_", "joined_"
_REPEATED = {"expandtabs": "\t", "indent": "\n", "wordwrap": " "}
"""Of what a method or filter writes as many signs as it is told, or a text."""
_PADDING = frozenset({"batch", "center", "ljust", "rjust", "slice", "to_bytes", "zfill"})
_NO_SQL = ("striptags", "urlize", "xmlattr", "random")
_LONG_NUMBER = re.compile(r"\d{7}")


class TooMuchError(TemplateRuntimeError):
    """A template that wants more than it may."""


class BoundedEnvironment(SandboxedEnvironment):
    """A sandbox for one template, which may change its own lists and mappings as dbt's do."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._steps = 0
        self._until = time.thread_time() + MOST_SECONDS
        for name in _NO_SQL:
            self.filters.pop(name, None)
        self.globals.pop("lipsum", None)
        self.filters |= {name: self._bounded(name, each) for name, each in self.filters.items()}
        self.filters[_COUNTED] = self._turns
        self.filters[_MEASURED] = self._measured
        self.filters[_JOINED] = self.concat
        self.finalize = self._measured

    def spend(self, steps: int = 1) -> None:
        """Count steps; raises TooMuchError when there are none left."""
        self._steps += steps
        if self._steps > MOST_STEPS or time.thread_time() > self._until:
            raise TooMuchError("The template does too much.")

    def concat(self, pieces: Iterable[object]) -> str:
        """Pieces of text as one."""
        texts = [str(piece) for piece in pieces]
        _small(sum(map(len, texts)))
        return "".join(texts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """See Jinja; only what is known to be small is computed."""
        if operator == "*":
            _small(_size(left) * _size(right) if _is_text(left) or _is_text(right) else 0)
            _small(_digits(left) + _digits(right))
        elif operator == "**":
            _small(_digits(left) * (right if isinstance(right, int) and right > 0 else 0))
        elif operator == "%":
            _formatted(left, right if isinstance(right, tuple) else (right, *_values((right,))))
        return self._measured(super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """See Jinja; methods of texts and numbers only make what is small."""
        given = (*args, *kwargs.values())
        self.spend(1 + sum(len(e) for e in given if isinstance(e, list | tuple | range)))
        for each in given:
            self._measured(each)
        method = getattr(called, "__wrapped__", called)  # the sandbox has its own str.format
        owner = getattr(method, "__self__", None)
        if isinstance(owner, str | int):
            _grown(method.__name__, owner, given)
        return self._measured(super().call(context, called, *args, **kwargs))

    def _bounded(self, name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any, **kwargs: Any) -> Any:
            given = (*args, *kwargs.values())
            self.spend(1 + sum(len(e) for e in given if isinstance(e, list | tuple | range)))
            taken = int(hasattr(filter_, "jinja_pass_arg"))
            if given[taken:]:
                _grown(name, given[taken], given[taken + 1 :])
            result = filter_(*args, **kwargs)
            if isinstance(result, Iterator):
                result = list(islice(result, LARGEST))
            return self._measured(result)

        return update_wrapper(bounded, filter_)  # keeps what Jinja wants to be passed

    def _turns(self, value: Any) -> Any:
        """What a loop goes over, each turn paid for."""
        if isinstance(value, Iterator):
            value = list(islice(value, LARGEST))
        if hasattr(value, "__len__"):
            self.spend(len(value))
        return value

    def _measured(self, value: Any) -> Any:
        """The value, if it and all that is in it are small."""
        if isinstance(value, str):
            _small(len(value))
        elif isinstance(value, int):
            _small(_digits(value))
        elif isinstance(value, list | tuple | dict | set | frozenset):
            seen = 0
            waiting = [value]
            while waiting:
                each = waiting.pop()
                items = [*each, *each.values()] if isinstance(each, dict) else each
                seen += len(items)
                _small(seen)
                for item in items:
                    if isinstance(item, str):
                        seen += len(item)
                    elif isinstance(item, list | tuple | dict | set | frozenset):
                        waiting.append(item)
            self.spend(len(value))
            _small(seen)
        return value


def bound(template: nodes.Template) -> nodes.Template:
    """The template with every loop counted, and every list and text that it puts together
    measured."""
    for loop in template.find_all(nodes.For):
        loop.iter = _filtered(loop.iter, _COUNTED)
    _measure(template)
    return template


def compiled(environment: BoundedEnvironment, template: nodes.Template) -> Template:
    """The template as the environment runs it."""
    return environment.from_string(bound(template))


def _measure(node: nodes.Node) -> None:
    """Put filters around what makes a value, the innermost first."""
    for name, child in node.iter_fields():
        if isinstance(child, list):
            child[:] = [_around(item) if isinstance(item, nodes.Node) else item for item in child]
        elif isinstance(child, nodes.Node):
            setattr(node, name, _around(child))


def _around(node: nodes.Node) -> nodes.Node:
    _measure(node)
    if isinstance(node, nodes.Concat):
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOINED)
    displayed = isinstance(node, nodes.List | nodes.Dict)
    displayed = displayed or (isinstance(node, nodes.Tuple) and node.ctx == "load")
    return _filtered(node, _MEASURED) if displayed and list(node.iter_child_nodes()) else node


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _is_text(value: object) -> bool:
    return isinstance(value, str | list | tuple)


def _size(value: object) -> int:
    """Characters of a text and of the texts in a list; a number is what it multiplies by."""
    if isinstance(value, int):
        return abs(value)
    if isinstance(value, list | tuple):
        return len(value) + sum(len(item) for item in value if isinstance(item, str))
    return len(value) if isinstance(value, str | dict | range) else 1


def _digits(value: object) -> int:
    return value.bit_length() // 3 if isinstance(value, int) else 0


def _grown(name: str, value: object, given: Sequence[object]) -> None:
    """Refuse what a method or filter of this name would make too long."""
    numbers = max((abs(each) for each in given if isinstance(each, int)), default=0)
    if name == "join":
        items, glue = (given[0], value) if isinstance(value, str) and given else (value, given)
        _small(_size(items) * (1 + _size(glue)))
    elif not isinstance(value, str):
        _small(numbers if name in _PADDING else 0)
    elif name == "replace":
        old, new = (*given, "", "")[:2]
        _small(len(value) + value.count(str(old)) * _size(new))
    elif name == "translate":
        _small(len(value) * max((_size(each) for each in _values(given)), default=1))
    elif name in _REPEATED:
        texts = max((len(each) for each in given if isinstance(each, str)), default=0)
        _small((1 + value.count(_REPEATED[name])) * max(numbers, texts))
    elif name in ("format", "format_map"):
        _formatted(value, (*given, *_values(given)))
    elif name in _PADDING:
        _small(numbers)


def _values(given: Sequence[object]) -> list[object]:
    return [value for each in given if isinstance(each, dict) for value in each.values()]


def _formatted(text: object, values: Iterable[object]) -> None:
    """Refuse what a format would make long: by its widths, or by values that it repeats."""
    if not isinstance(text, str):
        return
    if _LONG_NUMBER.search(text):
        raise TooMuchError("The template pads a text too much.")
    places = text.count("%") + text.count("{")
    if places:
        _small(len(text) + places * max((_size(each) for each in values), default=1))


def _small(size: int) -> None:
    if size > LARGEST:
        raise TooMuchError("The template makes too long a text.")

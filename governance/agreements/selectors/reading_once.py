"""Asking once: while many changes are checked together, the same question is answered once.

A proposal of five hundred changes asks five hundred times what is in force and who an owner is.
Inside `reading_once` a selector marked `once` remembers its answers; nothing may be written there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

ParametersT = ParamSpec("ParametersT")
AnswerT = TypeVar("AnswerT")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Remember answers until the end of the block; an inner block shares those of the outer."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(selector: Callable[ParametersT, AnswerT]) -> Callable[ParametersT, AnswerT]:
    """Let a selector remember; arguments that cannot be compared are asked anew each time."""

    @functools.wraps(selector)
    def asked(*args: ParametersT.args, **kwargs: ParametersT.kwargs) -> AnswerT:
        answers = _answers.get()
        if answers is None:
            return selector(*args, **kwargs)
        question = (selector, args, tuple(sorted(kwargs.items())))
        try:
            if question not in answers:
                answers[question] = selector(*args, **kwargs)
        except TypeError:  # unhashable
            return selector(*args, **kwargs)
        answer: AnswerT = answers[question]
        return answer

    return asked

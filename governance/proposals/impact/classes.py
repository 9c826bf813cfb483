"""Which veto seat answers for a class of data (3.4): personal data is Legal's, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from governance.types import VetoClass

_SEPARATOR = re.compile(r"\s*/\s*|\.")
_LEGAL = {"pii", "personal"}
_FINANCE = {"fin", "financial", "finance"}
_SECURITY = {"security", "secret"}


def parts_of(path: str) -> tuple[str, ...]:
    """The names of a classification from its root: of `Personal / Contact` or of `pii.email`."""
    return tuple(part for part in _SEPARATOR.split(path.strip()) if part)


def veto_class(path: str) -> VetoClass | None:
    """Whose signature a classification asks for; None when it asks for nobody's.

    `pii` and Personal: Legal. `hr.comp`, security and Secret: Security. `fin` and Financial:
    Finance.
    """
    parts = tuple(part.lower() for part in parts_of(path))
    if not parts:
        return None
    if parts[0] in _LEGAL:
        return VetoClass.LEGAL
    if parts[0] in _SECURITY or parts[:2] in {("hr", "comp"), ("hr", "compensation")}:
        return VetoClass.SECURITY
    return VetoClass.FINANCE if parts[0] in _FINANCE else None


def common_name(paths: Iterable[str]) -> str:
    """One name for classes that share a root: the path itself, or what several have in common."""
    distinct = sorted(set(paths))
    if len(distinct) == 1:
        return distinct[0]
    split = [parts_of(path) for path in distinct]
    shared = []
    for names in zip(*split, strict=False):
        if len({name.lower() for name in names}) > 1:
            break
        shared.append(names[0])
    return (" / " if any("/" in path for path in distinct) else ".").join(shared)

"""Which class a proposal has, that is who decides and how (3.3); what of a text carries a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.types import ProposalClass, Scope

CHARTER_KIND = "charter"
PERMISSION_KIND = "permission_policy"
PERMISSION_KINDS = frozenset({PERMISSION_KIND, "declassification"})
"""What closes data, and what ends a reason to."""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What the class is computed from.

    `is_editorial`: every change replaces a text that differs in prose only. `is_contested`: a valid
    block or an open conflict brought it before the council.
    """

    kinds: frozenset[str]
    scope: Scope
    is_editorial: bool = False
    is_contested: bool = False
    is_emergency: bool = False


def class_of(facts: ClassFacts) -> ProposalClass:
    """The strictest class whose condition holds: a charter and a permission never become local or
    editorial, whatever else they are."""
    if facts.is_emergency:
        return ProposalClass.EMERGENCY
    if CHARTER_KIND in facts.kinds:
        return ProposalClass.CHARTER
    if PERMISSION_KINDS & facts.kinds:
        return ProposalClass.PERMISSION
    if facts.is_contested:
        return ProposalClass.CONTESTED
    if facts.is_editorial:
        return ProposalClass.EDITORIAL
    if facts.scope is Scope.LOCAL:
        return ProposalClass.LOCAL
    return ProposalClass.STANDARD


def without_prose(document: Mapping[str, Any], prose: Collection[str]) -> dict[str, Any]:
    """The document without the fields that carry no rule.

    `prose` names them by dotted paths, with `[]` for any item of a list: `states[].definition`.
    """
    return _stripped(document, [path.replace("[]", ".[]").split(".") for path in prose])


def _stripped(value: Any, paths: Sequence[Sequence[str]]) -> Any:
    if not paths:
        return value
    if isinstance(value, Mapping):
        ended = {path[0] for path in paths if len(path) == 1}
        return {
            key: _stripped(item, [path[1:] for path in paths if path[0] == key and len(path) > 1])
            for key, item in value.items()
            if key not in ended
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        deeper = [path[1:] for path in paths if path[0] == "[]" and len(path) > 1]
        if any(path == ["[]"] for path in paths):
            return []
        return [_stripped(item, deeper) for item in value]
    return value

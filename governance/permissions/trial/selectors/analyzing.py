"""What is wrong with the opt-outs in force as a set, and with drafts beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from catalog.access import Action, require
from catalog.types import Principal
from governance.agreements.canonical import digest
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.engine import Index
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.rules import KIND
from governance.permissions.trial.analysis import analyzed
from governance.permissions.trial.flaws import Flaw, Found
from governance.permissions.trial.selectors.drafting import Draft, Drafted, draft_from, drafted
from governance.permissions.trial.selectors.trial import FlawView, flaw_view
from governance.permissions.trial.wording import flaw_in_words
from governance.types import (
    ChangeOp,
    ConflictKind,
    ConflictSpec,
    Finding,
    FindingLevel,
    Party,
)

_FIXES = {
    Flaw.DEAD: "Check whom and what it names.",
    Flaw.UNREACHABLE_CONDITION: "Check the condition.",
    Flaw.SELF_EXEMPTING: "Exempt fewer people, or do without it.",
    Flaw.CANCELLED: "Check the exceptions, or do without it.",
    Flaw.SHADOWED: "Do without it, or say what it adds.",
    Flaw.OVERBROAD: "Name less data or fewer people, or say in the reason why so many.",
    Flaw.CONFLICTING_MASKS: "Agree on one mask for the column.",
    Flaw.REDUNDANT_EXCEPTION: "End the exception.",
}
_FIELDS = {
    Flaw.DEAD: "subjects",
    Flaw.SELF_EXEMPTING: "subjects.except",
    Flaw.CONFLICTING_MASKS: "mask",
    Flaw.OVERBROAD: "resources",
    Flaw.SHADOWED: "resources",
}
_CONFLICTS = {
    Flaw.SHADOWED: ConflictKind.POLICY_SHADOW,
    Flaw.DEAD: ConflictKind.POLICY_SHADOW,
    Flaw.UNREACHABLE_CONDITION: ConflictKind.POLICY_SHADOW,
    Flaw.SELF_EXEMPTING: ConflictKind.POLICY_SHADOW,
    Flaw.CANCELLED: ConflictKind.POLICY_SHADOW,
    Flaw.CONFLICTING_MASKS: ConflictKind.POLICY_MASKS,
}
"""What of it the register of conflicts keeps: opt-outs that contradict another, or themselves."""


def flaws_in_force(principal: Principal) -> list[FlawView]:
    """Everything that is wrong with the opt-outs in force, by opt-out. Raises AccessRefused."""
    require(principal, Action.SEE)
    index, found = in_force()
    return [flaw_view(one, index) for one in found]


def in_force() -> tuple[Index, tuple[Found, ...]]:
    """The index with all its flaws; looked for once while the index stays."""
    opt_outs.unsettled()
    return _kept.of(opt_outs.current())


class _Kept:
    """What was found in the index at hand."""

    def __init__(self) -> None:
        self._held: tuple[Index, tuple[Found, ...]] | None = None
        self._lock = threading.Lock()

    def of(self, index: Index) -> tuple[Index, tuple[Found, ...]]:
        """The flaws of an index."""
        with self._lock:
            if self._held is None or self._held[0] is not index:
                self._held = (index, tuple(analyzed(index)))
            return self._held


_kept = _Kept()

# --- drafts ----------------------------------------------------------------------------------


def draft_in(document: OptOut, context: CheckContext) -> Draft:
    """The draft that a change makes together with all opt-outs of the same proposal."""
    changes = [_changed(context.op, context.key, document)]
    for spec in context.beside:
        if spec.kind == KIND and spec.op is not ChangeOp.DEPRECATE:
            changes.append(drafted(op=spec.op, key=spec.key, document=spec.document, number=0))
    return draft_from(changes)


def flaws_found(document: OptOut, context: CheckContext) -> Iterator[Finding]:
    """What the engine finds wrong with a draft, as warnings of its dry run."""
    draft = draft_in(document, context)
    for found in draft.flaws:
        if context.key in (found.rule, *found.others):
            yield Finding(
                f"opt_out.{found.flaw.value}",
                FindingLevel.WARNING,
                flaw_in_words(found, draft.index),
                _FIELDS.get(found.flaw, ""),
                _FIXES[found.flaw],
            )


def conflicts_of_draft(document: OptOut, context: CheckContext) -> Iterator[ConflictSpec]:
    """What a draft contradicts, for the register; nothing where it says what is in force."""
    if not context.beside and context.base == _content(document):
        return
    draft = draft_in(document, context)
    own = (one for one in draft.flaws if context.key in (one.rule, *one.others))
    yield from as_conflicts(draft.index, own)


def as_conflicts(index: Index, flaws: Iterable[Found]) -> Iterator[ConflictSpec]:
    """Flaws as the register of conflicts keeps them, whatever is wrong with one told once."""
    for found in flaws:
        kind = _CONFLICTS.get(found.flaw)
        if kind is None:
            continue
        keys = (found.rule, *found.others)
        yield ConflictSpec(
            kind,
            tuple(_party(index, key) for key in keys),
            flaw_in_words(found, index),
        )


def _party(index: Index, key: str) -> Party:
    rule = index.parts.rules[key]
    return Party(KIND, key, rule.title or rule.number, rule.reason, rule.owner)


def _changed(op: ChangeOp, key: str, document: OptOut) -> Drafted:
    if op is ChangeOp.RETIRE:
        return Drafted(key, 0, None, "")
    return Drafted(key, 0, document, digest(_content(document)))


def _content(document: OptOut) -> dict[str, Any]:
    """A document as it is stored."""
    found: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    return found

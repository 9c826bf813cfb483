"""What is wrong with the opt-outs in force as a set, and with drafts beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from catalog.access import Action, require
from catalog.types import Principal
from governance import clock
from governance.agreements.canonical import digest
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.engine import Index
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.rules import KIND
from governance.permissions.trial.analysis import NEVER, analyzed
from governance.permissions.trial.flaws import Cause, Flaw, Found
from governance.permissions.trial.selectors.benching import (
    CaseResult,
    bench_of,
    regression_in_words,
    result_in_words,
)
from governance.permissions.trial.selectors.drafting import Draft, Drafted, draft_from, drafted
from governance.permissions.trial.selectors.trial import FlawView, flaw_view
from governance.permissions.trial.wording import flaw_in_words
from governance.permissions.types import Expected
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
    return _kept.of(opt_outs.settled())


class _Kept:
    """What was found in the index at hand."""

    def __init__(self) -> None:
        self._held: tuple[Index, tuple[Found, ...]] | None = None
        self._lock = threading.Lock()

    def of(self, index: Index) -> tuple[Index, tuple[Found, ...]]:
        """The flaws of an index."""
        with self._lock:
            if self._held is None or self._held[0] is not index:
                at = clock.now().timestamp()
                self._held = (index, tuple(analyzed(index, at=at)))
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
    yield from regressions_found(draft)


def tests_missing(document: OptOut, context: CheckContext) -> Iterator[Finding]:
    """What stands against asking for signatures: a bench that shows one side only, or none. Whom it
    closes something to cannot be tested where it meets nobody yet."""
    expected = {case.expect for case in document.tests}
    if not expected:
        yield _missing("It has no test", "Say who is to be denied or to see less, and who is not.")
    elif expected == {Expected.OPEN}:
        if not _meets_nobody(document, context):
            yield _missing("No test says whom it closes something to", "Add one who is denied.")
    elif Expected.OPEN not in expected:
        yield _missing("No test says who reads on as before", "Add one for whom data stays open.")


def _meets_nobody(document: OptOut, context: CheckContext) -> bool:
    flaws = draft_in(document, context).flaws
    return any(one.rule == context.key and one.flaw in NEVER for one in flaws)


def tests_failed(document: OptOut, context: CheckContext) -> Iterator[Finding]:
    """The tests of a draft that do not come out as expected, each an error."""
    if not document.tests:
        return
    draft = draft_in(document, context)
    at = draft.at_of(context.key)
    for result in bench_of(context.acting, document.tests, draft.index, at=at):
        if not result.passed:
            yield _failed(result)


def _missing(what: str, fix: str) -> Finding:
    return Finding("opt_out.test_bench", FindingLevel.ERROR, f"{what}.", "tests", fix)


def _failed(result: CaseResult) -> Finding:
    place = f"tests.{result.number}.{result.field or 'expect'}"
    if result.trouble:
        return Finding(
            "opt_out.test_bench", FindingLevel.ERROR, result.trouble, place, "Write another name."
        )
    return Finding(
        "opt_out.test_bench",
        FindingLevel.ERROR,
        result_in_words(result),
        place,
        "Change the opt-out, or what is expected of it.",
    )


def regressions_found(draft: Draft) -> Iterator[Finding]:
    """The tests of other opt-outs that a draft breaks, as warnings."""
    for one in draft.regressions:
        yield Finding(
            "opt_out.regression",
            FindingLevel.WARNING,
            regression_in_words(one),
            "",
            f"Narrow it, or change the test of {one.opt_out} in the same proposal.",
        )


def conflicts_of_draft(document: OptOut, context: CheckContext) -> Iterator[ConflictSpec]:
    """What a draft contradicts, for the register; nothing where it says what is in force."""
    if not context.beside and context.base == _content(document):
        return
    draft = draft_in(document, context)
    # Masks that meet are joined by their lattice, and what meets nobody yet contradicts nobody:
    # neither stands in the way of signatures.
    own = (one for one in draft.flaws if context.key in (one.rule, *one.others))
    yield from as_conflicts(draft.index, (one for one in own if one.flaw is Flaw.SHADOWED))
    for one in draft.regressions:
        yield ConflictSpec(
            ConflictKind.RULE_CONTRADICTION,
            (_party(draft.index, context.key), _party(draft.index, one.key)),
            regression_in_words(one),
        )


def as_conflicts(index: Index, flaws: Iterable[Found]) -> Iterator[ConflictSpec]:
    """Flaws as the register of conflicts keeps them; that an opt-out ended contradicts nothing."""
    for found in flaws:
        kind = _CONFLICTS.get(found.flaw)
        if kind is None or found.cause is Cause.ENDED:
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

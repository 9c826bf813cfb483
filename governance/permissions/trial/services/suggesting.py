"""Tests that the engine can write itself: who is closed out today, and who reads on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from catalog.errors import Conflict
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import Case, OptOut
from governance.permissions.engine import Decision, Index
from governance.permissions.selectors.rules import KIND
from governance.permissions.trial.bench import decided, outcome
from governance.permissions.trial.selectors.drafting import Draft, draft_of
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.types import DataAction, Expected, Purpose
from governance.proposals.models import Revision
from governance.proposals.services.drafting import revise
from governance.proposals.services.revisions import specs_of
from governance.types import ChangeOp, ChangeSpec

EACH = 2
MOST_ASKED = 400
_NOTES = {
    Expected.OPEN: "Reads on as before.",
    Expected.RESTRICTED: "Sees a part, or not as it is.",
    Expected.DENIED: "Is denied.",
}


def suggest_tests(*, acting: Principal, key: str) -> Revision:
    """Write tests into the opt-outs of a draft that have none on one side: what it does today, to
    be read and corrected. Its makers may; raises Conflict where there is nothing to add."""
    proposal = proposal_to_try(acting, key)
    revision = proposal.current
    if revision is None:
        raise Conflict("This proposal has no text yet.")
    draft = draft_of(revision)
    changes, added = [], 0
    for spec in specs_of(revision):
        document = draft.documents.get(spec.key) if spec.kind == KIND else None
        cases = [] if document is None else suggested_cases(draft, spec.key, document)
        added += len(cases)
        changes.append(_with_tests(spec, document, cases) if document and cases else spec)
    if not added:
        raise Conflict("Each of its opt-outs has tests on both sides already, or meets nobody.")
    return revise(acting=acting, key=key, changes=changes)


def suggested_cases(draft: Draft, key: str, document: OptOut) -> list[Case]:
    """Up to two tests for each side that has none: for whom it closes something, and for whom
    not."""
    rule = draft.index.parts.rules.get(key)
    if rule is None:
        return []
    index, at = draft.index, draft.at_of(key)
    slots = index.parts.slots
    bits = slots.by_rule.get(key, 0)
    touched = sorted(
        {pk for slot in slots.of(bits) for pk in slot.touched[:MOST_ASKED]},
        key=lambda pk: index.parts.records[pk].name,
    )
    held = {case.expect for case in document.tests}
    asked = _Asking(index, at, document.actions[0], document.purposes[0])
    persons = index.parts.persons
    by_name = sorted(index.parts.masks, key=lambda pk: persons[pk].name)
    concerned = [pk for pk in by_name if index.parts.masks[pk] & bits]
    others = [pk for pk in by_name if not index.parts.masks[pk] & bits]
    found: list[Case] = []
    if not held - {Expected.OPEN}:
        found += asked.some(concerned, touched, key, {Expected.RESTRICTED, Expected.DENIED})
    if Expected.OPEN not in held:
        beside = sorted(index.parts.present, key=lambda pk: index.parts.records[pk].name)
        found += asked.some(others, touched, key, {Expected.OPEN}) or asked.some(
            concerned, beside, key, {Expected.OPEN}
        )
    return found


class _Asking:
    """One use at one instant, put to an index for people and data."""

    def __init__(self, index: Index, at: float, action: DataAction, purpose: Purpose) -> None:
        self.index, self.at, self.action, self.purpose = index, at, action, purpose

    def some(
        self, people: Iterable[int], datasets: Iterable[int], key: str, wanted: set[Expected]
    ) -> list[Case]:
        """The first tests that come out as wanted, each of another person."""
        found: list[Case] = []
        pairs = self._pairs(people, list(datasets)[:MOST_ASKED])
        for _, (person, dataset) in zip(range(MOST_ASKED * EACH), pairs, strict=False):
            columns = self._columns(dataset, key)
            decision = self._decided(person, dataset, columns)
            case = self._case(person, dataset, columns, outcome(decision))
            if case.expect in wanted and all(one.who != case.who for one in found):
                found.append(case)
            if len(found) == EACH:
                break
        return found

    def _pairs(self, people: Iterable[int], datasets: list[int]) -> Iterator[tuple[int, int]]:
        for person in people:
            for dataset in datasets:
                yield person, dataset

    def _columns(self, dataset: int, key: str) -> tuple[str, ...]:
        """The first column that the opt-out covers there; none where it covers the whole."""
        signature = self.index.parts.signatures[dataset]
        bits = self.index.parts.slots.by_rule.get(key, 0)
        if signature.whole & bits or not signature.columns:
            return ()
        covered = sorted(path for path, own in signature.columns.items() if own & bits)
        return tuple(covered[:1])

    def _decided(self, person: int, dataset: int, columns: tuple[str, ...]) -> Decision:
        return decided(
            self.index, person, dataset, at=self.at, action=self.action,
            columns=columns or None, purpose=self.purpose,
        )  # fmt: skip

    def _case(
        self, person: int, dataset: int, columns: tuple[str, ...], expected: Expected
    ) -> Case:
        return Case(
            who=self.index.parts.persons[person].name,
            dataset=self.index.parts.records[dataset].name,
            columns=list(columns),
            action=self.action,
            purpose=self.purpose,
            expect=expected,
            note=_NOTES[expected],
        )


def _with_tests(spec: ChangeSpec, document: OptOut, cases: list[Case]) -> ChangeSpec:
    written: dict[str, Any] = {**spec.document}
    held = [one.model_dump(mode="json", by_alias=True) for one in (*document.tests, *cases)]
    written["tests"] = held
    return ChangeSpec(op=ChangeOp(spec.op), kind=spec.kind, key=spec.key, document=written)

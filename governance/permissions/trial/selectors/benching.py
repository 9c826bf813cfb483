"""The tests of opt-outs, run on a draft: its own, and those of all others in force (R-085)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from catalog.names import lookup_key
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import Case, OptOut
from governance.agreements.selectors.in_force import in_force
from governance.agreements.selectors.short_names import Meant, datasets_meant
from governance.permissions.engine import Decision, Index
from governance.permissions.selectors.rules import KIND
from governance.permissions.trial.bench import decided, outcome
from governance.permissions.types import Expected
from governance.permissions.wording import FLOORS

SYSTEM = Principal.system("test bench")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test with what came of it. `trouble` says why it cannot be run, with the field that
    names what is not there; `because` are the opt-outs that apply, in sentences."""

    number: int
    case: Case
    got: Expected | None
    because: tuple[str, ...] = ()
    trouble: str = ""
    field: str = ""

    @property
    def passed(self) -> bool:
        """Whether it came out as expected."""
        return self.got == self.case.expect


@dataclass(frozen=True, slots=True)
class Regression:
    """A test of another opt-out that holds today and would not with a draft."""

    key: str
    opt_out: str
    before: CaseResult
    after: CaseResult


def bench_of(
    principal: Principal, cases: Sequence[Case], index: Index, *, at: float
) -> tuple[CaseResult, ...]:
    """Every test of one opt-out, run on an index at an instant; datasets are those of which the
    principal may know."""
    meant = datasets_meant(principal, [case.dataset for case in cases]) if cases else {}
    return tuple(_run(number, case, index, at, meant) for number, case in enumerate(cases))


def regressions_of(
    base: Index, draft: Index, changed: Collection[str], *, at: float
) -> tuple[Regression, ...]:
    """The tests of opt-outs that a draft leaves as they are which it would break."""
    held = [(key, one) for key, one in _documents() if one.tests and key not in changed]
    meant = datasets_meant(SYSTEM, [case.dataset for _, one in held for case in one.tests])
    found = []
    for key, document in held:
        for number, case in enumerate(document.tests):
            before = _run(number, case, base, at, meant)
            after = _run(number, case, draft, at, meant)
            if before.passed and not after.passed:
                found.append(Regression(key, document.opt_out, before, after))
    return tuple(found)


def result_in_words(result: CaseResult) -> str:
    """What somebody would get and was not to get, and why."""
    case = result.case
    why = f" {' '.join(result.because)}" if result.because else ""
    return f"{case.who} would get {case.dataset} {result.got}, not {case.expect}.{why}"


def regression_in_words(broken: Regression) -> str:
    """Which test of which opt-out would fail."""
    return f"A test of {broken.opt_out} would fail: {result_in_words(broken.after)}"


def _documents() -> Iterator[tuple[str, OptOut]]:
    for held in in_force(KIND):
        try:
            yield held.key, OptOut.model_validate(held.document)
        except ValidationError:
            continue  # adopted under an older form of the document; its page says so


def _run(
    number: int, case: Case, index: Index, at: float, meant: Mapping[str, Meant]
) -> CaseResult:
    person = index.person_named(case.who)
    if person is None:
        return CaseResult(
            number, case, None, trouble=f"Nobody has the user name {case.who}.", field="who"
        )
    found = meant[case.dataset]
    if found.dataset is None or found.dataset.pk not in index.parts.records:
        said = found.trouble or "is no dataset of the catalog"
        return CaseResult(number, case, None, trouble=f"{case.dataset} {said}.", field="dataset")
    decision = decided(
        index,
        person,
        found.dataset.pk,
        at=at,
        action=case.action,
        columns=tuple(map(lookup_key, case.columns)) or None,
        purpose=case.purpose,
        environment=case.environment,
    )
    return CaseResult(number, case, outcome(decision), because_of(decision))


def because_of(decision: Decision) -> tuple[str, ...]:
    """Why somebody gets what they get."""
    if decision.rules:
        return tuple(one.sentence for one in decision.rules)
    return () if decision.allowed else (FLOORS.get(decision.code, "A default denies it."),)

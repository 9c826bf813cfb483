"""Tests of access that somebody brings along, run on what is in force: what an orchestrator asks
before a job begins (R-086)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import Case
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    record_decision_here,
)
from governance.permissions.holder import opt_outs
from governance.permissions.services.statements import require_gateway
from governance.permissions.trial.selectors.benching import bench_of
from governance.permissions.trial.selectors.trial import CaseView, case_view

MOST_TESTS = 500
GATEWAY = "tests"
ACTION = "run_tests"
_NAMED = 20


@dataclass(frozen=True, slots=True)
class TestRun:
    """What came of each test, under which policy, and its number in the record."""

    tests: tuple[CaseView, ...]
    policy_epoch: int
    decision_id: str

    @property
    def passed(self) -> bool:
        """Whether each came out as expected."""
        return all(one.passed for one in self.tests)


def run_tests(*, acting: Principal, tests: Sequence[Mapping[str, Any]]) -> TestRun:
    """Run tests as an opt-out has them: who does what with which data for which purpose, and what
    they are to get. One that names nobody or nothing of the catalog fails, and says so.

    Only a gateway asks for others. Raises InvalidInput for what is no test, AccessRefused (on the
    record) for anybody else who asks for others, AuditUnavailable where it cannot be recorded.
    """
    require(acting, Action.SEE)
    cases = _cases(tests)
    index = opt_outs.current()
    other = next((case.who for case in cases if case.who != acting.username), "")
    if other:
        require_gateway(acting, other, index)
    results = bench_of(acting, cases, index, at=index.now())
    found = tuple(case_view(index, "", one) for one in results)
    failed = [one for one in found if not one.passed]
    came_of = "failed" if failed else "passed"
    record = AccessRecord(
        gateway=GATEWAY,
        username=acting.username[:150],
        person=acting.person_id,
        action=ACTION,
        outcome=AccessOutcome.REFUSED if failed else AccessOutcome.ALLOWED,
        policy_version=index.parts.version,
        code=came_of,
        asked=len(found),
        allowed=len(found) - len(failed),
        note=_note(found),
        request_id=str(acting.request_id),
    )
    return TestRun(found, index.parts.version, record_decision_here(record))


def _cases(tests: Sequence[Mapping[str, Any]]) -> list[Case]:
    if not 1 <= len(tests) <= MOST_TESTS:
        raise InvalidInput(f"Give from 1 to {MOST_TESTS} tests.", field="tests")
    cases = []
    for number, test in enumerate(tests):
        try:
            cases.append(Case.model_validate(test))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InvalidInput(
                f"{first['msg']}.", field=f"tests.{number}.{place}".rstrip(".")
            ) from error
    return cases


def _note(found: Sequence[CaseView]) -> str:
    """What was asked of whom, the first of it."""
    said = [f"{one.who} {one.action} {one.dataset}: {one.got or 'unknown'}" for one in found]
    return "; ".join(dict.fromkeys(said[:_NAMED]))

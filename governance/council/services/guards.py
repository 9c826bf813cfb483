"""Guards that no engine could answer when a decision was taken, run when one can."""

from __future__ import annotations

import datetime as dt

from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kind import CheckContext
from governance.agreements.kinds import kinds
from governance.agreements.models import AgreementVersion
from governance.council.models import Decision, GuardRun
from governance.types import ChangeOp, Finding, FindingLevel

SYSTEM = Principal.system("guards")


def rerun_guards(*, now: dt.datetime | None = None) -> list[GuardRun]:
    """Run every guard that is still open; returns those that were answered now.

    A guard that still answers `unchecked` stays open; an answered one is never run again.
    """
    at = now or clock.now()
    found: list[GuardRun] = []
    for pk in _open_decisions():
        with writing(SYSTEM):
            decision = Decision.objects.select_for_update().get(pk=pk)
            found += _rerun(decision, at)
    return found


def open_guards(decision: Decision) -> list[str]:
    """The codes of a decision's guards that nothing has answered yet."""
    answered = set(decision.guard_runs.values_list("check_code", flat=True))
    codes = dict.fromkeys(row["check"] for row in decision.unchecked)
    return [code for code in codes if code not in answered]


def _open_decisions() -> list[int]:
    rows = Decision.objects.exclude(unchecked=[]).order_by("number")
    return [decision.pk for decision in rows if open_guards(decision)]


def _rerun(decision: Decision, at: dt.datetime) -> list[GuardRun]:
    codes = open_guards(decision)
    findings = _findings(decision, at)
    if findings is None:
        return []
    runs = []
    for code in codes:
        answers = [finding for finding in findings if finding.check == code]
        if any(finding.level is FindingLevel.UNCHECKED for finding in answers):
            continue
        errors = [finding for finding in answers if finding.level is FindingLevel.ERROR]
        runs.append(
            GuardRun(
                decision=decision,
                check_code=code,
                passed=not errors,
                message=errors[0].message if errors else "The guard holds.",
                at=at,
            )
        )
    return GuardRun.objects.bulk_create(runs)


def _findings(decision: Decision, at: dt.datetime) -> list[Finding] | None:
    """What the kinds say today of the versions that the decision made; None before it took
    effect."""
    versions = AgreementVersion.objects.filter(decision=decision).exclude(op=ChangeOp.RETIRE)
    rows = list(versions.select_related("agreement"))
    if not rows:
        return None
    found: list[Finding] = []
    for version in rows:
        kind = kinds.get(version.agreement.kind)
        context = CheckContext(
            acting=SYSTEM,
            now=at,
            key=version.agreement.key,
            op=ChangeOp.REPLACE,  # it holds already, whatever made it
            base=version.document,
        )
        found += kind.check(kind.document_type.model_validate(version.document), context)
    return found

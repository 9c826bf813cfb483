"""An answer of the native check as plain values, the same at every edge."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from governance.permissions.native import CheckAnswer
from governance.permissions.services.statements import AppliedOptOut, CheckedStatement


def answer_of(checked: CheckedStatement) -> dict[str, Any]:
    """See `docs/operators/gateway-check.md` for each field."""
    verdict = checked.verdict
    return {
        "decision": verdict.answer.value,
        "subject": checked.subject,
        "rewritten_sql": verdict.sql if verdict.answer is CheckAnswer.REWRITE else None,
        "reasons": [asdict(one) for one in verdict.reasons],
        "changes": [asdict(one) for one in verdict.changes],
        "masks": [asdict(one) for one in verdict.masks],
        "row_filters": [asdict(one) for one in verdict.filters],
        "limits": [asdict(one) for one in verdict.limits],
        "notices": [asdict(one) for one in verdict.notices],
        "opt_outs": [_opt_out(one) for one in checked.opt_outs],
        "policy_epoch": checked.policy_epoch,
        "decision_id": checked.decision_id,
    }


def _opt_out(applied: AppliedOptOut) -> dict[str, Any]:
    matched, rule = applied.matched, applied.matched.rule
    return {
        "key": rule.key,
        "number": rule.number,
        "dataset": applied.dataset,
        "columns": None if matched.columns is None else list(matched.columns),
        "effect": matched.effect.value,
        "sentence": matched.sentence,
        "ask": rule.ask,
        "until": rule.until.isoformat() if rule.until else None,
    }

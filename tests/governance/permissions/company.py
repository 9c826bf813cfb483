"""A small company in the database, whose opt-outs are in force without a council."""

from __future__ import annotations

import datetime as dt
from typing import Any

from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.holder import opt_outs
from tests.governance.kinds.setting import hold


def opt_out(number: int, **fields: Any) -> dict[str, Any]:
    """An opt-out in force since last year."""
    return {
        "opt_out": f"OO-{number}",
        "effect": "deny",
        "subjects": {"all": True, "except": {"groups": ["payroll"]}},
        "resources": {"dataset": "hr.compensation"},
        "actions": ["read", "export"],
        "when": {"from": (dt.date.today() - dt.timedelta(days=300)).isoformat()},
        "category": "personnel",
        "reason": "Pay is private.",
        "owner": "seat:legal",
        "review_by": (dt.date.today() + dt.timedelta(days=60)).isoformat(),
        **fields,
    }


def in_force(*documents: dict[str, Any]) -> None:
    """Hold opt-outs and have the process read them."""
    for document in documents:
        hold(OptOut.model_validate(document), "permission_policy")
    opt_outs.install(None)
    opt_outs.refresh()

"""An answer of the check with brakes as plain values, the same at every edge."""

from __future__ import annotations

from typing import Any

from governance.brakes.services.checking import CheckedQuery
from governance.brakes.shown import (
    estimate_as_values,
    lease_as_values,
    notices_of,
    trip_as_values,
)
from governance.permissions.native import CheckAnswer
from governance.permissions.shown import answer_of


def answer_with_brakes(found: CheckedQuery) -> dict[str, Any]:
    """What the opt-outs answer, with what the brakes say; see `docs/operators/brakes.md`."""
    answer = answer_of(found.checked)
    answer["brakes"] = [trip_as_values(one) for one in found.trips]
    answer["estimate"] = estimate_as_values(found.estimate) if found.is_judged else None
    answer["lease"] = lease_as_values(found.lease) if found.lease is not None else None
    answer["decision_id"] = found.decision_id
    answer["notices"] += notices_of(found.estimate)
    answer["notices"] += [
        {"code": one.code.value, "sentence": f"{one.title}: {one.sentence}", "dataset": one.dataset}
        for one in found.trips
        if not one.refuses
    ]
    if found.decision is not found.checked.verdict.answer:
        answer["decision"] = CheckAnswer.DENY.value
        answer["rewritten_sql"] = None
        answer["changes"] = []
        answer["reasons"] = [
            {
                "code": f"brake_{one.code.value}",
                "sentence": f"{one.title}: {one.sentence} {one.fix}",
                "dataset": one.dataset,
                "columns": [],
                "rules": [one.brake],
                "ask": one.ask,
            }
            for one in found.trips
            if one.refuses
        ]
    return answer

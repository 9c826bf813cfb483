"""What a person may change on the datasets of a list, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.access import Action, Verdict, gate
from catalog.models import Dataset
from catalog.selectors.rights import Rights
from catalog.types import Principal

_ALLOWED = Verdict(allowed=True, code="allowed", reason="No opt-out applies.")


def rights_on_list(principal: Principal, datasets: Iterable[Dataset]) -> Mapping[int, Rights]:
    """The rights by dataset id; whoever may do something is found by the gate's scope (law 3)."""
    rows = list(datasets)
    ids = [dataset.pk for dataset in rows]
    verdicts: dict[Action, tuple[frozenset[int], Verdict]] = {}
    for action in (Action.SEE, Action.READ, Action.EDIT_WIKI, Action.STEWARD):
        scoped = gate().scope(principal, action, Dataset.objects.filter(pk__in=ids))
        allowed = frozenset(scoped.values_list("pk", flat=True)) if ids else frozenset()
        refusal = next((row for row in rows if row.pk not in allowed), None)
        verdicts[action] = (
            allowed,
            _ALLOWED if refusal is None else gate().authorize(principal, action, refusal),
        )
    return {
        dataset.pk: Rights(
            dataset,
            {
                action: _ALLOWED if dataset.pk in allowed else verdict
                for action, (allowed, verdict) in verdicts.items()
            },
        )
        for dataset in rows
    }

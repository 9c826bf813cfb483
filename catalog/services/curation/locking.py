"""Taking a dataset for change: found, permitted, locked until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.access import AccessRefused, Action, Verdict, gate, require
from catalog.errors import NotFound
from catalog.models import Dataset
from catalog.protocol import action_for
from catalog.types import Principal


def take_dataset(acting: Principal, dataset_id: int, *, facts: Iterable[str]) -> Dataset:
    """Lock the dataset for changing `facts`; call inside `writing`.

    Raises NotFound when it does not exist or may not be seen, AccessRefused when the protocol or
    the gate says no to any of the facts.
    """
    visible = gate().scope(acting, Action.SEE, Dataset.objects.all())
    dataset = visible.select_for_update(of=("self",)).filter(pk=dataset_id).first()
    if dataset is None:
        require(acting, Action.SEE)
        raise NotFound("There is no such dataset.")
    require_facts(acting, dataset, facts)
    return dataset


def require_facts(acting: Principal, dataset: Dataset, facts: Iterable[str]) -> None:
    """Raises AccessRefused when the protocol or the gate says no to changing any of the facts."""
    for fact in facts:
        action = action_for(fact, dataset)
        if action is None:
            raise AccessRefused(
                Verdict(
                    allowed=False,
                    code="locked_field",
                    reason=f"{fact.replace('_', ' ').capitalize()} comes from the source"
                    " and is changed there.",
                    ask="the owner of the source",
                )
            )
        require(acting, action, dataset)

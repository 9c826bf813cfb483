"""What a person may change on a dataset, fact by fact, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.access import Action, Verdict
from catalog.models import Dataset
from catalog.protocol import action_for
from catalog.selectors.datasets import may
from catalog.types import Principal

_LOCKED = Verdict(
    allowed=False,
    code="locked_field",
    reason="This comes from the source and is changed there.",
    ask="the owner of the source",
)
_PAST = Verdict(
    allowed=False, code="past", reason="This is how it was; the past cannot be changed."
)


@dataclass(frozen=True, slots=True)
class Rights:
    """`rights["description"]` is the verdict on changing that fact; `read` is the one on data.

    A template looks a name up as a key first, so it is handed `read` on its own.
    """

    dataset: Dataset
    verdicts: Mapping[Action, Verdict]
    is_past: bool = False

    def __getitem__(self, fact: str) -> Verdict:
        if self.is_past:
            return _PAST
        action = action_for(fact, self.dataset)
        return _LOCKED if action is None else self.verdicts[action]

    @property
    def read(self) -> Verdict:
        """Whether the data itself may be read."""
        return self.verdicts[Action.READ]


def rights_on(principal: Principal, dataset: Dataset, *, is_past: bool = False) -> Rights:
    """The principal's rights on a dataset, in a fixed number of queries."""
    return Rights(dataset, may(principal, dataset), is_past)

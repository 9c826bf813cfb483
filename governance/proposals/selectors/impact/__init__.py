"""What a change would touch: before it is proposed, and as a principal may see a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from catalog.selectors.datasets import get_dataset
from catalog.types import Principal
from governance.agreements.selectors.reading_once import reading_once
from governance.models import Proposal
from governance.proposals.impact.answers import Impact
from governance.proposals.selectors.impact.assessing import assess
from governance.proposals.selectors.impact.binding import Bound, bound_by, place
from governance.proposals.selectors.impact.seen import as_seen, signers_as_seen
from governance.types import BindingRole, BindingSpec, ChangeSpec


def preview(
    principal: Principal, changes: Sequence[ChangeSpec], *, proposal: Proposal | None = None
) -> Impact:
    """Whom and what `changes` would touch, of what the principal may see; nothing is written.

    `proposal` is the one they belong to, if any: its raised scope, its recusals and its conflicts
    count. Raises InvalidInput for a document that its kind cannot read.
    """
    with reading_once():
        return assess(principal, bound_by(principal, changes), proposal)


def impact_of_dataset(
    principal: Principal, dataset_id: int, column_paths: Collection[str] = ()
) -> Impact:
    """Whom and what a change of some columns, or of a whole dataset, would touch.

    Raises NotFound for a dataset that may not be seen.
    """
    get_dataset(principal, dataset_id)
    bound = Bound()
    specs = [
        BindingSpec(BindingRole.TARGET, dataset_id, path) for path in sorted(column_paths) or [""]
    ]
    place(principal, specs, bound)
    return assess(principal, bound)


__all__ = ["as_seen", "impact_of_dataset", "preview", "signers_as_seen"]

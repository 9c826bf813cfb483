"""Open proposals by what they touch: an agreement, a dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.models import Agreement, Binding, Change, ImpactSnapshot, Proposal
from governance.proposals.rules.transitions import OPEN
from governance.types import ProposalState

_ASKED = tuple(state.value for state in OPEN if state is not ProposalState.DRAFT)


def open_proposals(principal: Principal) -> QuerySet[Proposal]:
    """Proposals that somebody was asked about and that are not decided and done, newest first."""
    found = Proposal.objects.filter(state__in=_ASKED).select_related("champion")
    return gate().scope(principal, Action.SEE, found).order_by("-number")


def open_proposals_on(principal: Principal, key: str) -> QuerySet[Proposal]:
    """Those whose current revision changes the agreement with this key."""
    changing = Change.objects.filter(agreement_key=key).values("revision")
    return open_proposals(principal).filter(current__in=changing)


def open_proposals_on_dataset(principal: Principal, dataset_id: int) -> QuerySet[Proposal]:
    """Those whose impact names the dataset as changed, and those that change an agreement which
    rests on it."""
    bound = Binding.objects.filter(dataset=dataset_id, version__valid_to__isnull=True)
    keys = Agreement.objects.filter(versions__in=bound.values("version")).values("key")
    changing = Change.objects.filter(agreement_key__in=keys).values("revision")
    naming = ImpactSnapshot.objects.filter(content__targets__contains=[{"id": dataset_id}])
    return open_proposals(principal).filter(
        Q(current__in=changing) | Q(current__in=naming.values("revision"))
    )


def open_proposals_of_datasets(
    principal: Principal, dataset_ids: Collection[int]
) -> Mapping[int, list[Proposal]]:
    """`open_proposals_on_dataset` of each dataset, newest first; in four queries for all."""
    proposals = list(open_proposals(principal))
    texts = {row.current_id: row for row in proposals}
    changed: dict[str, set[int]] = {}
    for key, revision in Change.objects.filter(revision__in=texts).values_list(
        "agreement_key", "revision_id"
    ):
        changed.setdefault(key, set()).add(revision)
    touching: dict[int, set[int]] = {pk: set() for pk in dataset_ids}
    bound = Binding.objects.filter(
        dataset__in=dataset_ids,
        version__valid_to__isnull=True,
        version__agreement__key__in=changed,
    )
    for dataset, key in bound.values_list("dataset_id", "version__agreement__key"):
        touching[dataset or 0] |= changed[key]
    naming = ImpactSnapshot.objects.filter(revision__in=texts)
    for revision, targets in naming.values_list("revision_id", "content__targets"):
        for target in targets or ():
            if target.get("id") in touching:
                touching[target["id"]].add(revision)
    return {
        pk: [row for row in proposals if row.current_id in revisions]
        for pk, revisions in touching.items()
    }

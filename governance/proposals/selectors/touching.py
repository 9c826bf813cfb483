"""Open proposals by what they touch: an agreement, a dataset."""

from __future__ import annotations

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

"""What the pages of agreements show beside a version: counts, what it rests on, what rests on a
dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count

from catalog.access import Action, gate
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.models import Agreement, AgreementVersion, Binding
from governance.types import AgreementState

MOST_BINDINGS = 200


def counts_by_kind(principal: Principal) -> Mapping[str, int]:
    """How many agreements of each kind hold or are deprecated."""
    found = gate().scope(principal, Action.SEE, Agreement.objects.all())
    rows = (
        found.filter(state__in=[AgreementState.ACTIVE, AgreementState.DEPRECATED])
        .order_by()
        .values_list("kind")
        .annotate(Count("pk"))
    )
    return dict(rows)


def bindings_of(principal: Principal, version: AgreementVersion) -> Sequence[Binding]:
    """What a version rests on, as far as the principal may see it; 200 at most."""
    rows = Binding.objects.filter(version=version).select_related("dataset", "system")
    visible = set(
        visible_datasets(principal)
        .filter(pk__in=rows.filter(dataset__isnull=False).values("dataset"))
        .values_list("pk", flat=True)
    )
    return [
        row
        for row in rows.order_by("role", "dataset__qualified_name", "column_path")[:MOST_BINDINGS]
        if row.dataset_id is None or row.dataset_id in visible
    ]

"""What still reads a dataset or column that goes: by lineage, by agreements, by counted reads."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, Sum

from catalog.models import Dataset, DatasetUse
from catalog.types import Lifecycle, Principal
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.target import target_of
from governance.agreements.models import Binding
from governance.agreements.uses import Use
from governance.types import AgreementState, ChangeOp
from lineage.models import ColumnEdge, DatasetEdge

READS_DAYS = 30


def uses_of_target(
    principal: Principal, document: SchemaChangeDocument, now: dt.datetime
) -> list[Use]:
    """The datasets made from it that are there and not archived, other agreements that rest on it,
    and, for a whole dataset, what its source counted as read in the last 30 days.

    Nothing where the catalog no longer knows it: then it is gone already.
    """
    target = target_of(principal, document)
    if document.action is not SchemaAction.DEPRECATE or target is None:
        return []
    column = target.column
    is_gone = target.dataset.disappeared_at is not None or (
        bool(document.column) and (column is None or column.disappeared_at is not None)
    )
    if is_gone:
        return []
    if column is not None:
        readers = Q(pk__in=ColumnEdge.objects.filter(source_column=column).values("target"))
    else:
        readers = Q(pk__in=DatasetEdge.objects.filter(source=target.dataset).values("target"))
    found = [
        Use("dataset", name, str(pk))
        for pk, name in Dataset.objects.filter(readers, disappeared_at__isnull=True)
        .exclude(pk=target.dataset.pk)
        .exclude(lifecycle=Lifecycle.ARCHIVED)
        .order_by("qualified_name")
        .values_list("pk", "qualified_name")
    ]
    resting = Binding.objects.filter(
        dataset=target.dataset,
        version__valid_to__isnull=True,
        version__agreement__state__in=(AgreementState.ACTIVE, AgreementState.DEPRECATED),
    ).exclude(version__op=ChangeOp.RETIRE)
    if column is not None:
        resting = resting.filter(column_path=document.column)
    found += [
        Use("agreement", title, key)
        for key, title in resting.exclude(version__agreement__kind="schema_change")
        .order_by("version__agreement__key")
        .values_list("version__agreement__key", "version__title")
        .distinct()
    ]
    if not document.column:
        since = now.date() - dt.timedelta(days=READS_DAYS)
        reads = DatasetUse.objects.filter(
            dataset=target.dataset, day__gt=since, day__lte=now.date()
        ).aggregate(reads=Sum("reads"))["reads"]
        if reads:
            found.append(Use("reads", f"{reads:,} reads in {READS_DAYS} days"))
    return found

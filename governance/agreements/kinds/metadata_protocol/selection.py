"""The datasets a protocol is about, and whether two protocols can meet."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.models import Dataset
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import LabelKind, Principal
from governance.agreements.kinds.metadata_protocol.document import ProtocolSelector
from governance.agreements.selectors.naming import not_for_everybody


def selected(principal: Principal, selector: ProtocolSelector) -> QuerySet[Dataset]:
    """The present datasets that fit everything the selector gives, as the principal sees them."""
    return fitting(selector, visible_datasets(principal))


def told(principal: Principal, selector: ProtocolSelector) -> QuerySet[Dataset]:
    """The same without what may not be told to everybody."""
    return selected(principal, selector).exclude(pk__in=list(not_for_everybody()))


def fitting(selector: ProtocolSelector, datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Those of the datasets that are present and fit everything the selector gives."""
    found = datasets.filter(disappeared_at__isnull=True)
    if selector.domain:
        found = found.filter(domain__slug=selector.domain)
    if selector.system:
        found = found.filter(system__lookup_name=lookup_key(selector.system))
    if selector.lifecycle:
        found = found.filter(lifecycle=selector.lifecycle)
    if selector.kind:
        found = found.filter(kind=selector.kind)
    if selector.tag:
        found = found.filter(labels__label__kind=LabelKind.TAG, labels__label__path=selector.tag)
    if selector.criticality:
        found = found.filter(criticality__lte=selector.criticality)
    return found


def exclude_each_other(first: ProtocolSelector, second: ProtocolSelector) -> bool:
    """Whether no dataset can ever fit both: they ask for two values of what has only one."""
    return any(
        getattr(first, field) and getattr(second, field)
        and getattr(first, field) != getattr(second, field)
        for field in ("domain", "system", "lifecycle", "kind")
    )  # fmt: skip


def in_words(selector: ProtocolSelector) -> str:
    """The selection as a person says it: `curated datasets of finance`."""
    noun = f"{selector.kind.replace('_', ' ')}s" if selector.kind else "datasets"
    words = [f"{selector.lifecycle} {noun}" if selector.lifecycle else noun]
    if selector.domain:
        words.append(f"of {selector.domain}")
    if selector.system:
        words.append(f"in {selector.system}")
    if selector.tag:
        words.append(f"tagged {selector.tag}")
    if selector.criticality:
        words.append(f"of criticality {selector.criticality} or higher")
    text = " ".join(words)
    return text if text != "datasets" else "all datasets"

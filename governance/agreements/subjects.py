"""Agreements as subjects of remarks: terms, data states, rules, whatever their kind (R-113)."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from catalog.models import DomainUserObjectPermission
from catalog.registries.subjects import Subject, SubjectKind, subjects
from catalog.selectors.stewardship import stewarded_domains
from catalog.types import Principal
from governance.addresses import agreement_address
from governance.agreements.models import Agreement
from governance.agreements.selectors.agreements import visible_agreements


def register_subjects() -> None:
    """Add them to the registry; called once when the application starts."""
    kind = SubjectKind("agreement", "Agreement", _find, _stewards, _stewarded)
    subjects.add(kind.name, kind)


def _find(principal: Principal, pk: int) -> Subject | None:
    row = visible_agreements(principal).filter(pk=pk).first()
    if row is None:
        return None
    return Subject("agreement", pk, row.title, agreement_address(row.key))


def _stewards(pk: int) -> Collection[int]:
    """The stewards of its domain: it was agreed for their data."""
    domain = Agreement.objects.filter(pk=pk).values("domain")
    return set(
        DomainUserObjectPermission.objects.filter(
            content_object__in=domain, permission__codename="steward_domain"
        ).values_list("user_id", flat=True)
    )


def _stewarded(principal: Principal) -> Q:
    owned = Agreement.objects.filter(domain__in=stewarded_domains(principal))
    return Q(subject_id__in=owned.values("pk"))

"""What a person stewards: domains granted by guardian, datasets owned directly or by team."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from catalog.models import (
    Dataset,
    DomainGroupObjectPermission,
    DomainUserObjectPermission,
    Ownership,
)
from catalog.types import Principal

_PERMISSION = "steward_domain"


def stewarded_domain_ids(principal: Principal) -> frozenset[int]:
    """Domains that the principal was made a steward of, in person or through a group."""
    if principal.person_id is None:
        return frozenset()
    direct = DomainUserObjectPermission.objects.filter(
        user_id=principal.person_id, permission__codename=_PERMISSION
    ).values_list("content_object_id", flat=True)
    through_groups = DomainGroupObjectPermission.objects.filter(
        group__user=principal.person_id, permission__codename=_PERMISSION
    ).values_list("content_object_id", flat=True)
    return frozenset(direct.union(through_groups))


def owned_dataset_ids(principal: Principal) -> QuerySet[Ownership, int]:
    """Datasets that the principal or one of their teams answers for, as a subquery."""
    return (
        Ownership.objects.filter(
            Q(person_id=principal.person_id, person_id__isnull=False)
            | Q(team__memberships__person_id=principal.person_id)
        )
        .values_list("dataset_id", flat=True)
        .distinct()
    )


def stewarded_datasets(principal: Principal) -> QuerySet[Dataset]:
    """Every dataset the principal stewards."""
    return Dataset.objects.filter(
        Q(domain_id__in=stewarded_domain_ids(principal)) | Q(pk__in=owned_dataset_ids(principal))
    )

"""What a person stewards: domains granted by guardian, datasets owned directly or by team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import (
    Column,
    Dataset,
    DatasetUse,
    Domain,
    DomainGroupObjectPermission,
    DomainUserObjectPermission,
    Ownership,
    Question,
    TeamMembership,
)
from catalog.types import DatasetKind, Lifecycle, Principal

GAPS: Mapping[str, str] = {
    "owner": "lacks_owner",
    "description": "lacks_description",
    "key": "lacks_key",
    "question": "open_questions",
}
_GAP_WORDS: Mapping[str, str] = {
    "no owner": "lacks_owner",
    "no description": "lacks_description",
    "no key": "lacks_key",
    "an unanswered question": "open_questions",
}
_PERMISSION = "steward_domain"


def stewarded_domains(principal: Principal) -> QuerySet[Domain]:
    """Domains that the principal was made a steward of, in person or through a group."""
    if principal.person_id is None:
        return Domain.objects.none()
    granted = {"content_object": OuterRef("pk"), "permission__codename": _PERMISSION}
    direct = DomainUserObjectPermission.objects.filter(**granted, user_id=principal.person_id)
    through_groups = DomainGroupObjectPermission.objects.filter(
        **granted, group__user=principal.person_id
    )
    return Domain.objects.filter(Exists(direct) | Exists(through_groups))


def stewarded_domain_ids(principal: Principal) -> frozenset[int]:
    """The same as ids, in one query."""
    return frozenset(stewarded_domains(principal).order_by().values_list("pk", flat=True))


def stewarded_domain_ids_of(person_id: int) -> frozenset[int]:
    """Domains that a person was made a steward of in person, for those who grant it."""
    return frozenset(
        DomainUserObjectPermission.objects.filter(
            user_id=person_id, permission__codename=_PERMISSION
        ).values_list("content_object_id", flat=True)
    )


def owned_dataset_ids(principal: Principal) -> QuerySet[Ownership, int]:
    """Datasets that the principal or one of their teams answers for, as a subquery."""
    return Ownership.objects.filter(_owned_by(principal)).values_list("dataset_id", flat=True)


def stewarded_datasets(principal: Principal) -> QuerySet[Dataset]:
    """Every dataset the principal stewards."""
    return Dataset.objects.filter(stewarded_by(principal))


def stewarded_by(principal: Principal) -> Q:
    """The condition on datasets that the principal stewards them.

    Each way to it is a subquery of its own, so that the database finds it by an index.
    """
    condition = Q(domain__in=stewarded_domains(principal))
    for way in _ways_to_own(principal):
        condition |= Q(pk__in=Ownership.objects.filter(way).values("dataset_id"))
    return condition


def asks_steward(principal: Principal) -> Q:
    """The condition on questions that their dataset is one the principal stewards; cheap where
    there are far fewer questions than datasets."""
    owned = Ownership.objects.filter(_owned_by(principal), dataset=OuterRef("dataset_id"))
    return Q(dataset__domain__in=stewarded_domains(principal)) | Q(Exists(owned))


def _owned_by(principal: Principal) -> Q:
    person, team = _ways_to_own(principal)
    return person | team


def _ways_to_own(principal: Principal) -> tuple[Q, Q]:
    teams = TeamMembership.objects.filter(person=principal.person_id).values("team_id")
    return (
        Q(person_id=principal.person_id, person_id__isnull=False),
        Q(team_id__in=teams),
    )


def stewardship_queue(
    principal: Principal, *, mine: bool = False, gap: str = ""
) -> QuerySet[Dataset]:
    """Datasets with gaps, ordered by use x gaps (R-059); annotated `gap_count`, `use_count`,
    `lacks_owner`, `lacks_description`, `lacks_key`, `open_questions`.

    `mine` keeps those the principal stewards; `gap` keeps one kind: owner, description, key,
    question.
    """
    visible = gate().scope(principal, Action.SEE, Dataset.objects.all())
    if mine:
        visible = visible.filter(pk__in=stewarded_datasets(principal))
    month_ago = timezone.localdate() - dt.timedelta(days=30)
    uses = (
        DatasetUse.objects.filter(dataset=OuterRef("pk"), day__gte=month_ago)
        .order_by()
        .values("dataset")
        .annotate(total=Sum(F("views") + F("reads")))
        .values("total")
    )
    has_owner = Exists(Ownership.objects.filter(dataset=OuterRef("pk")))
    has_key = Exists(Column.objects.filter(dataset=OuterRef("pk"), key_position__isnull=False))
    asked = Exists(Question.objects.filter(dataset=OuterRef("pk"), answers__isnull=True))
    annotated = visible.filter(
        disappeared_at__isnull=True, lifecycle__in=[Lifecycle.PUBLISHED, Lifecycle.CURATED]
    ).annotate(
        lacks_owner=Case(When(has_owner, then=0), default=1, output_field=IntegerField()),
        lacks_description=Case(
            When(Q(declared_description="") & Q(harvested_description=""), then=1),
            default=0,
            output_field=IntegerField(),
        ),
        lacks_key=Case(
            When(
                ~Q(kind=DatasetKind.TABLE) | has_key | Q(declared_metadata__has_key="key"), then=0
            ),
            default=1,
            output_field=IntegerField(),
        ),
        open_questions=Case(When(asked, then=1), default=0, output_field=IntegerField()),
        use_count=Coalesce(Subquery(uses), 0),
    )
    annotated = annotated.annotate(
        gap_count=F("lacks_owner") + F("lacks_description") + F("lacks_key") + F("open_questions")
    ).filter(gap_count__gt=0)
    if gap:
        column = GAPS.get(gap)
        if column is None:
            raise InvalidInput(f"There is no gap {gap!r}; known: {', '.join(GAPS)}.", field="gap")
        annotated = annotated.filter(**{column: 1})
    return annotated.annotate(priority=F("gap_count") * (F("use_count") + 1)).order_by(
        "-priority", "-gap_count", "qualified_name"
    )


def gaps_of(dataset: Any) -> tuple[str, ...]:
    """The gaps of a dataset that `stewardship_queue` annotated, in words."""
    return tuple(words for words, column in _GAP_WORDS.items() if getattr(dataset, column))


def chosen_domains(principal: Principal, ids: Collection[int]) -> list[Domain]:
    """The domains with these ids; raises InvalidInput when one of them is not there."""
    found = list(gate().scope(principal, Action.SEE, Domain.objects.filter(pk__in=ids)))
    missing = set(ids) - {domain.pk for domain in found}
    if missing:
        raise InvalidInput(f"There is no domain {min(missing)}.", field="steward_of")
    return found

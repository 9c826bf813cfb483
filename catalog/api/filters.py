"""Filters of the dataset list."""

from __future__ import annotations

import django_filters

from catalog.models import Dataset
from catalog.types import DataKind, DatasetKind, Lifecycle, Motion, Stage


def _choices(
    enum: type[DataKind] | type[DatasetKind] | type[Lifecycle] | type[Motion] | type[Stage],
) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class DatasetFilter(django_filters.FilterSet):
    """`?kind=table&system=postgres://warehouse&tag=gold&owner=Sales&has_owner=false`."""

    kind = django_filters.MultipleChoiceFilter(choices=_choices(DatasetKind))
    lifecycle = django_filters.MultipleChoiceFilter(choices=_choices(Lifecycle))
    stage = django_filters.MultipleChoiceFilter(choices=_choices(Stage))
    motion = django_filters.MultipleChoiceFilter(choices=_choices(Motion))
    data_kind = django_filters.MultipleChoiceFilter(choices=_choices(DataKind))
    system = django_filters.CharFilter("system__qualified_name")
    container = django_filters.CharFilter("container__qualified_name")
    domain = django_filters.CharFilter("domain__slug")
    owner = django_filters.CharFilter("ownerships__team__name", distinct=True)
    owner_username = django_filters.CharFilter("ownerships__person__username", distinct=True)
    tag = django_filters.CharFilter("labels__label__path", distinct=True)
    name = django_filters.CharFilter("name", lookup_expr="icontains")
    has_owner = django_filters.BooleanFilter("ownerships", lookup_expr="isnull", exclude=True)
    disappeared = django_filters.BooleanFilter("disappeared_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Dataset
        fields: list[str] = []

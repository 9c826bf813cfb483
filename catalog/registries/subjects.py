"""What people can speak about: each package registers its objects (R-113)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import Q

from catalog.registries.registry import Registry
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class Subject:
    """One object that somebody speaks about; `dataset_id` where it is or belongs to a dataset."""

    type: str
    id: int
    title: str
    address: str
    dataset_id: int | None = None


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of object.

    `find` returns the object as far as the principal may see it, else None. `owners` are the ids
    of the people who answer for it. `owned` is the condition on remarks
    about such objects that a principal answers for the object.
    """

    name: str
    label: str
    find: Callable[[Principal, int], Subject | None]
    owners: Callable[[int], Collection[int]]
    owned: Callable[[Principal], Q]


subjects: Registry[SubjectKind] = Registry("subject of remarks")

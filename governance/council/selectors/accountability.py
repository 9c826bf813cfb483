"""The matrix of R-014: datasets by the five groups, and who answers for what in each cell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.access import Action, gate
from catalog.models import Dataset, Ownership
from catalog.types import Principal, TeamKind
from governance.models import Accountability

FIVE_GROUPS: tuple[TeamKind, ...] = (
    TeamKind.DEVELOPMENT,
    TeamKind.OPERATIONS,
    TeamKind.SECURITY_GOVERNANCE,
    TeamKind.DATA_SCIENCE,
    TeamKind.DATA_ENGINEERING,
)


@dataclass(frozen=True, slots=True)
class Duty:
    """What a team answers for; `id` is None where it follows from the dataset's owners."""

    id: int | None
    team: str
    text: str


@dataclass(frozen=True, slots=True)
class GroupDuties:
    """What one of the five groups answers for."""

    group: TeamKind
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A dataset with one cell for each of the five groups, in their order."""

    dataset: Dataset
    cells: tuple[tuple[Duty, ...], ...]

    @property
    def groups(self) -> tuple[GroupDuties, ...]:
        """The cells with the groups that they belong to."""
        return tuple(
            GroupDuties(group, cell) for group, cell in zip(FIVE_GROUPS, self.cells, strict=True)
        )

    @property
    def gaps(self) -> tuple[TeamKind, ...]:
        """The groups that answer for nothing here."""
        return tuple(group for group, cell in zip(FIVE_GROUPS, self.cells, strict=True) if not cell)


def matrix(
    principal: Principal, datasets: Sequence[Dataset] | QuerySet[Dataset]
) -> list[MatrixRow]:
    """The rows of these datasets, in their order; those the principal may not see are absent.

    Declared duties come first; an owning team of one of the groups answers by being an owner.
    """
    wanted = list(datasets)
    seen = gate().scope(
        principal, Action.SEE, Dataset.objects.filter(pk__in=[dataset.pk for dataset in wanted])
    )
    visible = set(seen.values_list("pk", flat=True))
    duties = _duties(visible)
    return [
        MatrixRow(
            dataset=dataset,
            cells=tuple(tuple(duties.get((dataset.pk, group), ())) for group in FIVE_GROUPS),
        )
        for dataset in wanted
        if dataset.pk in visible
    ]


def duty_of(held: Accountability) -> Duty:
    """A declared duty as it stands in a cell."""
    return Duty(id=held.pk, team=held.team.name, text=held.duty)


def _duties(dataset_ids: Collection[int]) -> dict[tuple[int, TeamKind], list[Duty]]:
    found: dict[tuple[int, TeamKind], list[Duty]] = {}
    declared = Accountability.objects.filter(dataset__in=dataset_ids).select_related("team")
    for held in declared.order_by("team__name", "duty"):
        cell = found.setdefault((held.dataset_id, TeamKind(held.team.kind)), [])
        cell.append(duty_of(held))
    owning = Ownership.objects.filter(dataset__in=dataset_ids, team__isnull=False)
    for ownership in owning.select_related("team").order_by("team__name", "kind"):
        if ownership.team is None:
            continue
        cell = found.setdefault((ownership.dataset_id, TeamKind(ownership.team.kind)), [])
        words = ownership.kind.replace("_", " ")
        cell.append(Duty(id=None, team=ownership.team.name, text=words))
    return found

"""Stating which of the five groups answers for what on a dataset (R-014)."""

from __future__ import annotations

from catalog.access import Action, gate, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Dataset, Team
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal, TeamKind
from governance.council.selectors.seats import is_chair
from governance.council.services.words import chosen, needed_text
from governance.models import Accountability


def assign_duty(*, acting: Principal, dataset_id: int, team_id: int, duty: str) -> Accountability:
    """State that a team of one of the five groups answers for something on a dataset.

    The dataset's stewards and the chair of the council may. Raises InvalidInput for a team of the
    business, Conflict for a duty that the team has there already.
    """
    dataset = _answerable(acting, dataset_id)
    [team] = chosen(Team, [team_id], field="team")
    if team.kind == TeamKind.BUSINESS:
        raise InvalidInput(
            f"{team} belongs to none of the five groups: give the team its kind first.",
            field="team",
        )
    words = needed_text(duty, field="duty", what="what the team answers for", limit=300)
    with writing(acting):
        held, is_new = Accountability.objects.get_or_create(dataset=dataset, team=team, duty=words)
        if not is_new:
            raise Conflict(f"{team} answers for this already.", field="duty")
        record(DatasetChanged(fields=("accountability",)), dataset, acting=acting)
    return held


def withdraw_duty(*, acting: Principal, accountability_id: int) -> None:
    """Take a duty from a team; raises NotFound."""
    require(acting, Action.SEE)
    held = Accountability.objects.select_related("dataset").filter(pk=accountability_id).first()
    if held is None:
        raise NotFound("There is no such duty.")
    dataset = _answerable(acting, held.dataset_id)
    with writing(acting):
        held.delete()
        record(DatasetChanged(fields=("accountability",)), dataset, acting=acting)


def _answerable(acting: Principal, dataset_id: int) -> Dataset:
    require(acting, Action.PROPOSE)
    seen = gate().scope(acting, Action.SEE, Dataset.objects.all())
    dataset = seen.filter(pk=dataset_id).first()
    if dataset is None:
        raise NotFound("There is no such dataset.")
    if not is_chair(acting):
        require(acting, Action.STEWARD, dataset)
    return dataset

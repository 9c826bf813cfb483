"""Tasks for the owners of what rests on an older version (3.7, affected queries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog.models import Dataset, Ownership
from catalog.types import OwnershipKind
from governance.agreements.kinds import kinds
from governance.agreements.models import AgreementVersion
from governance.proposals.models import MigrationTask, Proposal
from governance.proposals.selectors.impact.lists import GROUPS
from governance.proposals.selectors.signing import snapshot_of
from governance.proposals.services.steps import SYSTEM
from governance.types import ChangeOp

DAYS_TO_MOVE = 30
_ORDER = {
    OwnershipKind.TECHNICAL_OWNER: 0,
    OwnershipKind.BUSINESS_OWNER: 1,
    OwnershipKind.STEWARD: 2,
}


def create_migration_tasks(
    proposal: Proposal, versions: Sequence[AgreementVersion], *, at: dt.datetime
) -> list[MigrationTask]:
    """One task for each consumer that the impact lists, if a kind asks for one; written in the
    adoption's own transaction, so that none is lost. Due at sunset, else after 30 days."""
    asked = [(version, _instruction(version)) for version in versions]
    asked = [(version, words) for version, words in asked if words]
    snapshot = snapshot_of(proposal)
    if not asked or snapshot is None:
        return []
    consumers = {int(row["id"]) for group in GROUPS for row in snapshot.content.get(group, ())}
    owners = _owners(consumers)
    version, words = asked[0]
    due = version.agreement.sunset_on or (at + dt.timedelta(days=DAYS_TO_MOVE)).date()
    suggested = _suggestions([version for version, _ in asked])
    known = Dataset.objects.filter(pk__in=consumers).values_list("pk", flat=True)
    return MigrationTask.objects.bulk_create(
        [
            MigrationTask(
                proposal=proposal,
                owner_id=owners.get(pk, (None, None))[0],
                owner_team_id=owners.get(pk, (None, None))[1],
                dataset_id=pk,
                instruction=words,
                suggestion=suggested.get(pk, ""),
                due_on=due,
            )
            for pk in known
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def _suggestions(versions: Sequence[AgreementVersion]) -> dict[int, str]:
    """The SQL that kinds suggest by dataset; the first of several changes of one statement."""
    found: dict[int, str] = {}
    for version in versions:
        kind = kinds.get(version.agreement.kind)
        document = kind.document_type.model_validate(version.document)
        for pk, sql in kind.suggestions(document, acting=SYSTEM).items():
            found.setdefault(pk, sql)
    return found


def _instruction(version: AgreementVersion) -> str:
    kind = kinds.get(version.agreement.kind)
    document = kind.document_type.model_validate(version.document)
    return kind.migration_hint(document, ChangeOp(version.op))


def _owners(datasets: set[int]) -> dict[int, tuple[int | None, int | None]]:
    """(person, team) that answers for each dataset: who builds it before who uses it."""
    found: dict[int, tuple[int | None, int | None]] = {}
    rows = Ownership.objects.filter(dataset__in=datasets).values_list(
        "dataset_id", "person_id", "team_id", "kind"
    )
    for dataset, person, team, _ in sorted(
        rows, key=lambda row: _ORDER.get(OwnershipKind(row[3]), len(_ORDER)), reverse=True
    ):
        found[dataset] = (person, team)
    return found

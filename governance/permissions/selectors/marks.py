"""How far everything was that answers rest on, and what moved since: read from the histories.

Triggers keep a history of people, teams, data, labels, lineage and exceptions; the newest row of
each, with the policy epoch, is a mark that every process computes alike. What a transaction
commits late may lie below the newest rows: a mark remembers who was writing, and since when.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from catalog.models import Alias, ColumnLabel, Dataset

HISTORIES = (
    ("catalog", "Person"), ("catalog", "Team"), ("catalog", "TeamMembership"),
    ("catalog", "Domain"), ("catalog", "System"), ("catalog", "Dataset"), ("catalog", "Column"),
    ("catalog", "Label"), ("catalog", "DatasetLabel"), ("catalog", "ColumnLabel"),
    ("lineage", "ColumnEdge"), ("governance", "OptOutException"),
    ("lineage", "SuggestedClass"), ("lineage", "ClassificationReview"),
)  # fmt: skip
_TOUCHING = {"Dataset": "id", "Column": "dataset_id", "DatasetLabel": "dataset_id"}
_RULES = ("epoch", "seats", "Label", "Domain", "System")
_LABELS = ("DatasetLabel", "ColumnLabel", "ColumnEdge", "Label", "labeling")
_SUGGESTIONS = ("SuggestedClass", "ClassificationReview", "Dataset", "Column", "System")
"""On what it rests which suggestions count: protocols say of which data they do."""
_LABELING = ("declassification", "metadata_protocol")
"""Kinds of agreements that say which labels columns carry."""

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest row of each history. `bases` are the transactions that were writing then, each
    with the rows that were newest before it was first seen. `own` is the transaction that read
    the mark, where it had written itself: what it says may yet be undone."""

    counts: Counts = field(default_factory=dict)
    bases: Mapping[str, Counts] = field(default_factory=dict)
    own: str | None = None

    @property
    def version(self) -> int:
        """One number that only grows."""
        return sum(self.counts.values())

    def since(self) -> Counts:
        """The rows below which nothing can have come after this mark."""
        return min(self.bases.values(), key=lambda one: sum(one.values()), default=self.counts)

    def is_followed_by(self, later: Mark) -> bool:
        """Whether only what moved has to be read: nothing that was known may have been undone."""
        if not self.counts or self._may_be_undone(later):
            return False
        return all(later.counts[name] >= known for name, known in self.counts.items())

    def is_still(self, later: Mark) -> bool:
        """Whether nothing moved, and nobody who was writing has ended since."""
        if self.counts != later.counts or self._may_be_undone(later):
            return False
        return self.bases.keys() <= later.bases.keys()

    def _may_be_undone(self, later: Mark) -> bool:
        return self.own is not None and self.own != later.own


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved between two marks: ids of people and of datasets, gone ones too."""

    people: frozenset[int] = frozenset()
    datasets: frozenset[int] = frozenset()
    rules: bool = False
    labels: bool = False
    exceptions: bool = False
    everything: bool = False


def read_mark(former: Mark | None = None) -> Mark:
    """The mark of this instant, in one query."""
    newest = {
        name: f"(SELECT max(pgh_id) FROM {_table(app, name)})"  # noqa: S608 - names of tables
        for app, name in HISTORIES
    }
    newest["epoch"] = "(SELECT max(number) FROM governance_policyepoch)"
    newest["seats"] = "(SELECT max(id) FROM governance_membership)"
    newest["aliases"] = "(SELECT max(id) FROM catalog_alias)"  # made, never changed
    kinds = ", ".join(f"'{kind}'" for kind in _LABELING)
    newest["labeling"] = (
        "(SELECT max(version.id) FROM governance_agreementversion version"  # noqa: S608 - constants
        " JOIN governance_agreement agreement ON agreement.id = version.agreement_id"
        f" WHERE agreement.kind IN ({kinds}))"
    )
    columns = ", ".join(f"coalesce({one}, 0)" for one in newest.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ARRAY[{columns}]::bigint[],"
            " ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())::text),"
            " pg_current_xact_id_if_assigned()::text"
        )
        found, running, own = cursor.fetchone()
    counts = dict(zip(newest, found, strict=True))
    known = former.bases if former else {}
    before = former.counts if former and former.counts else counts
    return Mark(counts, {one: known.get(one, before) for one in running}, own)


def changes_between(former: Mark, later: Mark) -> Changes:
    """What moved after one mark until another that follows it."""
    since = former.since()
    moved = {name for name, number in later.counts.items() if number > since.get(name, 0)}
    if "Domain" in moved or "Team" in moved:
        return Changes(everything=True)
    datasets: set[int] = set()
    for name in _TOUCHING.keys() & moved:
        datasets |= _ids("catalog", name, _TOUCHING[name], since[name])
    if "System" in moved:
        systems = _ids("catalog", "System", "id", since["System"])
        datasets |= set(Dataset.objects.filter(system__in=systems).values_list("pk", flat=True))
    if "aliases" in moved:
        added = Alias.objects.filter(pk__gt=since.get("aliases", 0))
        datasets |= set(added.values_list("dataset_id", flat=True))
    people: set[int] = set()
    if "Person" in moved:
        people |= _ids("catalog", "Person", "id", since["Person"])
    if "TeamMembership" in moved:
        people |= _ids("catalog", "TeamMembership", "person_id", since["TeamMembership"])
    return Changes(
        people=frozenset(people),
        datasets=frozenset(datasets),
        rules=not moved.isdisjoint(_RULES),
        labels=not moved.isdisjoint(_LABELS) or _carries_others(moved, since),
        exceptions="OptOutException" in moved,
    )


def _carries_others(moved: Set[str], since: Counts) -> bool:
    """Whether columns may carry other labels than before though nobody put one on or took one off:
    one that has a label came or went, suggestions count for other data, or a declassification
    names other data, since its dataset was renamed or another one has the name."""
    from governance.permissions.selectors.declassified import declassified_names  # takes imports
    from governance.permissions.selectors.suggested import suggestions_count

    if not moved.isdisjoint(_SUGGESTIONS) and suggestions_count():
        return True
    if "Column" in moved:
        columns = _history("catalog", "Column").filter(pgh_id__gt=since["Column"])
        if ColumnLabel.objects.filter(column__in=columns.values("id")).exists():
            return True
    if moved.isdisjoint(("Dataset", "aliases")) or not (names := declassified_names()):
        return False
    rows = _history("catalog", "Dataset")
    changed = rows.filter(pgh_id__gt=since["Dataset"]).values("pgh_obj_id")
    added = Alias.objects.filter(pk__gt=since["aliases"], lookup_name__in=names)
    return added.exists() or rows.filter(pgh_obj_id__in=changed, lookup_name__in=names).exists()


def _ids(app: str, name: str, field_name: str, since: int) -> set[int]:
    rows = _history(app, name).filter(pgh_id__gt=since)
    return set(rows.values_list(field_name, flat=True).distinct())


def _history(app: str, name: str) -> QuerySet[Any]:
    return apps.get_model(app, f"{name}History")._default_manager.order_by()


def _table(app: str, name: str) -> str:
    return apps.get_model(app, f"{name}History")._meta.db_table

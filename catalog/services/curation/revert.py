"""Going back to an earlier state: what people declared then is declared again (R-052)."""

from __future__ import annotations

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Column, Dataset, Domain
from catalog.services.curation.facts import FACTS, keep_kind_of_curated, version_of
from catalog.services.curation.locking import require_facts, take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal

REVERTED_FIELDS = (*FACTS.values(), "declared_metadata")


def revert_dataset(
    *, acting: Principal, dataset_id: int, history_id: int, expected_version: str | None = None
) -> Dataset:
    """Restore the declared facts that history row `history_id` of the dataset holds.

    Needs the right to every fact that would change. Harvested values, owners and labels stay.
    Raises NotFound when the row does not belong to this dataset, Conflict when `expected_version`
    (see `change_dataset`) is not the latest any more, and InvalidInput when the domain of then is
    gone.
    """
    reason = f"Reverted to version {history_id}"
    with writing(acting, reason=reason):
        # Seen and locked first: who may not see the dataset hears the same whether the version
        # is one of it or not, and nobody changes it between the comparison and the save.
        dataset = take_dataset(acting, dataset_id, facts=())
        row = (
            Dataset.history.rel.related_model.objects.filter(  # type: ignore[attr-defined]
                pgh_obj_id=dataset.pk, pgh_id=history_id
            )
            .values(*REVERTED_FIELDS)
            .first()
        )
        if row is None:
            raise NotFound("This version does not belong to the dataset.")
        differing = [name for name in REVERTED_FIELDS if getattr(dataset, name) != row[name]]
        names = {held: name for name, held in FACTS.items()}
        facts = [names.get(field, "key") for field in differing]
        require_facts(acting, dataset, facts or ["description"])
        if expected_version is not None and expected_version != version_of(dataset):
            raise Conflict("Somebody changed this dataset meanwhile, so it was not taken back.")
        if not differing:
            return dataset
        if "domain_id" in differing:
            _check_domain(row["domain_id"])
        for field in differing:
            setattr(dataset, field, row[field])
        if "data_kind" in differing:
            keep_kind_of_curated(dataset)
        dataset.save(update_fields=differing)
        record(DatasetChanged(fields=tuple(facts), reason=reason), dataset, acting=acting)
    return dataset


def _check_domain(domain_id: int | None) -> None:
    """Raises InvalidInput for a domain that was deleted since: nothing can belong to it again."""
    if domain_id is not None and not Domain.objects.filter(pk=domain_id).exists():
        raise InvalidInput(
            "The domain of this version was deleted since: take a later version, or change the"
            " facts one by one.",
            field="domain",
        )


def revert_column(*, acting: Principal, dataset_id: int, history_id: int) -> Column:
    """Restore the description that history row `history_id` of one of its columns holds."""
    reason = f"Reverted to version {history_id}"
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["description"])
        row = (
            Column.history.rel.related_model.objects.filter(  # type: ignore[attr-defined]
                dataset_id=dataset.pk, pgh_id=history_id
            )
            .values("pgh_obj_id", "path", "declared_description")
            .first()
        )
        column = Column.objects.filter(pk=row["pgh_obj_id"]).first() if row else None
        if row is None or column is None:
            raise NotFound("This version does not belong to a column of the dataset.")
        column.declared_description = row["declared_description"]
        column.save(update_fields=["declared_description"])
        event = DatasetChanged(fields=(f"{row['path']}.description",), columns=True, reason=reason)
        record(event, dataset, acting=acting)
    return column

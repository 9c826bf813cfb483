"""What people say of datasets: descriptions, facts, owners, labels, lifecycle, and undoing it.

Every function takes `acting`, asks the metadata protocol and the access port, writes in one
transaction with history and event, and raises `CatalogError` or `AccessRefused` otherwise.
"""

from catalog.services.curation.bulk import BulkReport, change_many
from catalog.services.curation.facts import change_column, change_dataset
from catalog.services.curation.labels import add_label, remove_label, set_tags
from catalog.services.curation.lifecycle import change_lifecycle
from catalog.services.curation.owners import add_owner, remove_owner
from catalog.services.curation.revert import revert_dataset

__all__ = [
    "BulkReport",
    "add_label",
    "add_owner",
    "change_column",
    "change_dataset",
    "change_lifecycle",
    "change_many",
    "remove_label",
    "remove_owner",
    "revert_dataset",
    "set_tags",
]

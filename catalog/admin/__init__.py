"""The Django admin for stewards and administrators: every change goes through a service."""

from catalog.admin import conversation, datasets, directory, ingestion, operations, people
from catalog.admin.site import site

__all__ = [
    "conversation",
    "datasets",
    "directory",
    "ingestion",
    "operations",
    "people",
    "site",
]

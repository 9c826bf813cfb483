"""The listing connector is known in every test of this folder."""

import pytest

from tests.catalog.ingest.sources import register_listing


@pytest.fixture(autouse=True, scope="session")
def _listing_connector() -> None:
    register_listing()

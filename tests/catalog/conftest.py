"""What several of these tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def clean_log(transactional_db: None) -> Iterator[None]:
    """Leave no event behind: the log keeps what other tests would be fed with."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE catalog_parkedevent, catalog_event, catalog_consumeroffset CASCADE"
        )

"""A writer of the test's own. What it commits stays: each test looks at its own chains alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from governance.audit.services import recording
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.audit.writer import AuditWriter


@pytest.fixture
def writer(db: None, tmp_path: Path) -> Iterator[AuditWriter]:
    made = AuditWriter(recording.connect, tmp_path / "spool", settings.AUDIT_LIMITS)
    yield made
    made.close()


@pytest.fixture
def record() -> Callable[..., AccessRecord]:
    def make(**changes: Any) -> AccessRecord:
        return AccessRecord(**{
            "gateway": "trino", "username": "ann", "person": 7, "action": "read",
            "outcome": AccessOutcome.ALLOWED, "policy_version": 12, "keeping": Keeping.OPEN,
            "datasets": (3,), "resources": ("postgres://crm/crm.public.client",),
            "columns": ("email",), "latency": 21,
        } | changes)  # fmt: skip

    return make

"""The daily look at everything, and how it leaves a story that is being told alone."""

from __future__ import annotations

import threading
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection

from governance import tasks
from governance.proposals.services.story_clock import held


@pytest.mark.django_db(transaction=True)
def test_nothing_is_looked_for_while_somebody_moves_the_clock(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORY_CLOCK = True
    scan = Mock(return_value=0)
    monkeypatch.setattr(tasks, "scan", scan)

    def elsewhere() -> None:
        try:
            tasks.scan_conflicts()
        finally:
            connection.close()

    with held():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert scan.call_count == 0
    tasks.scan_conflicts()

    assert scan.call_count == 1

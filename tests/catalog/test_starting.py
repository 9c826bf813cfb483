"""What applications register: at once, or when a process that answers already has time for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from catalog import starting


@pytest.fixture
def done() -> list[str]:
    """What was registered, as it is done."""
    return []


def test_work_is_done_at_once_where_nobody_waits(done: list[str]) -> None:
    starting.register(lambda: done.append("first"))
    assert done == ["first"]
    assert starting.is_finished()


def test_work_is_kept_until_there_is_time(done: list[str]) -> None:
    # Given a process that answers first
    starting.later()
    starting.register(lambda: done.append("first"))
    starting.register(lambda: done.append("second"))
    assert (done, starting.is_finished()) == ([], False)

    # When it has time, all is done in order, once, and what comes then is done at once
    starting.finish()
    starting.finish()
    starting.register(lambda: done.append("third"))
    assert (done, starting.is_finished()) == (["first", "second", "third"], True)


def test_work_that_fails_does_not_stop_what_follows(done: list[str]) -> None:
    def fails() -> None:
        raise OSError("It cannot be read.")

    starting.later()
    starting.register(fails)
    starting.register(lambda: done.append("second"))
    with pytest.raises(OSError, match="It cannot be read"):
        starting.finish()
    assert (done, starting.is_finished()) == ([], False)
    starting.finish()
    assert (done, starting.is_finished()) == (["second"], True)


def test_gateways_import_what_they_answer_with_and_the_rest_when_there_is_time() -> None:
    # Given a process for gateways alone
    code = """
import os, sys
os.environ.pop("DJANGO_SETTINGS_MODULE", None)
from config.gateways import application
from catalog import starting
from catalog.access import gate
parsers = {"sqlglot", "pydantic", "celery", "graphql", "duckdb", "rest_framework", "requests"}
print(sorted(parsers & sys.modules.keys()), type(gate()).__name__)
starting.finish()
print(type(gate()).__name__)
"""
    # Then it can answer without parsers, frameworks and jobs, and has the gate when it is done
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.splitlines() == ["[] _ClosedGate", "OptOutGate"]

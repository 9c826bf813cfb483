"""The world that tests of proposals live in, with a clock that stands still."""

import pytest
from pytest_django import Settings

from governance.agreements.kinds import kinds
from tests.governance.proposals.world import (
    MONDAY,
    Note,
    NoteCharter,
    NotePermission,
    World,
    at,
    make_world,
)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simple kinds in place of the real ones of the same name."""
    for kind in (Note(), NoteCharter(), NotePermission()):
        monkeypatch.setitem(kinds._entries, kind.name, kind)


@pytest.fixture(autouse=True)
def _story(settings: Settings) -> None:
    settings.STORY_CLOCK = True


@pytest.fixture
def world(db: None) -> World:
    at(MONDAY)
    return make_world()

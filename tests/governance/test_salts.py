"""Salts are random, but for a story that is told: there they follow from what they are for."""

from __future__ import annotations

import threading

import pytest
from django.test import override_settings

from catalog.errors import Conflict
from governance.salts import new_salt, telling


def test_two_salts_for_the_same_are_different() -> None:
    assert len({new_salt("DR-0001") for _ in range(100)}) == 100
    assert len(new_salt("DR-0001")) == 32


@override_settings(STORY_CLOCK=True)
def test_a_story_that_is_told_twice_has_the_same_salts() -> None:
    with telling("Larkfield"):
        first = [new_salt("DR-0001"), new_salt("DR-0002")]
    with telling("Larkfield"):
        again = [new_salt("DR-0001"), new_salt("DR-0002")]
    with telling("another"):
        other = new_salt("DR-0001")
    assert first == again
    assert len({*first, other}) == 3


@override_settings(STORY_CLOCK=True)
def test_what_a_visitor_does_beside_or_after_the_telling_has_random_salts() -> None:
    beside: list[str] = []
    with telling("Larkfield"):
        told = new_salt("DR-0001")
        thread = threading.Thread(target=lambda: beside.append(new_salt("DR-0001")))
        thread.start()
        thread.join()
    assert len({told, *beside, new_salt("DR-0001")}) == 3


@override_settings(STORY_CLOCK=True)
def test_a_telling_that_fails_leaves_random_salts_behind() -> None:
    with pytest.raises(RuntimeError, match="stopped"), telling("Larkfield"):
        raise RuntimeError("stopped")
    assert new_salt("DR-0001") != new_salt("DR-0001")


@override_settings(STORY_CLOCK=False)
def test_a_service_without_a_story_refuses_a_telling() -> None:
    with pytest.raises(Conflict, match="Only a demonstration"), telling("Larkfield"):
        pass
    assert new_salt("DR-0001") != new_salt("DR-0001")

"""The fifteen opt-outs of Larkfield do what `expected/access.yaml` states, each for one person whom
it concerns and one whom it does not; what the council made of them is `test_story`'s."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from catalog.models import Person
from catalog.selectors.principals import principal_of
from config.demo.larkfield.text import read_document, read_text
from governance.models import StoryClock
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answers import AccessAnswer, access_of
from governance.permissions.selectors.register import dataset_called, register_of
from governance.permissions.wording import answer_in_words
from tests.factories import PersonFactory
from tests.governance.permissions.company import in_force

STATED = read_text("expected/access.yaml")
MONDAY = dt.date(2026, 9, 7)


@pytest.fixture(autouse=True)
def _in_force(larkfield: None, settings: Any) -> None:
    """All fifteen hold, on the story's Monday; a partner has a service account."""
    settings.STORY_CLOCK = True
    PersonFactory(username="service", employment_kind="service")
    stand(MONDAY)
    in_force(*read_document("opt_outs.yaml"))


def stand(day: dt.date) -> None:
    """Have the story stand at noon of a day."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    StoryClock.objects.update_or_create(defaults={"instant": noon})
    opt_outs.install(None)


def answer(asked: Mapping[str, Any]) -> AccessAnswer:
    stand(asked.get("day", MONDAY))
    principal = principal_of(Person.objects.get(username=asked["person"]))
    return access_of(
        principal,
        dataset_called(principal, asked["dataset"]).pk,
        action=asked.get("action", "read"),
        purpose=asked.get("purpose", ""),
    )


def numbers(found: AccessAnswer) -> set[str]:
    return {one.entry.number for one in found.because}


def rows_left_out(found: AccessAnswer, number: str) -> bool:
    return any(one.rows for one in found.because if one.entry.number == number)


def test_every_opt_out_is_stated_and_in_force() -> None:
    principal = principal_of(Person.objects.get(username="farid.noor"))
    held = [entry.number for entry in register_of(principal)]

    assert sorted(held) == sorted({one["opt_out"] for one in STATED})
    assert len(held) == 15


def test_whom_an_opt_out_concerns_is_stopped_and_nobody_else() -> None:
    for one in STATED:
        number, concerned, spared = one["opt_out"], one["concerned"], one["spared"]

        stopped = answer(concerned)
        assert (number, answer_in_words(stopped.decision)) == (number, concerned["says"])
        assert number in numbers(stopped), number
        assert rows_left_out(stopped, number) == concerned.get("rows", False), number
        if "column" in concerned:
            words = {column.path: column.words for column in stopped.columns}
            assert words[concerned["column"]] == concerned["words"], number

        let = answer(spared)
        assert (number, answer_in_words(let.decision)) == (number, spared["says"])
        assert number not in numbers(let), number


def test_a_withheld_reason_is_told_to_nobody() -> None:
    found = answer({"person": "u-0213", "dataset": "crm.account"})

    assert [one.entry.reason for one in found.because] == [""]
    assert found.because[0].entry.is_reason_withheld
    assert "Held by counsel" not in found.because[0].entry.sentence

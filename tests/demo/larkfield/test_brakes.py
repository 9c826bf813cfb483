"""Ten brakes stop the ten queries that `expected/brakes.yaml` names, and no ordinary one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Person
from catalog.selectors.principals import principal_of
from config.demo.larkfield.queries import Group, queries
from config.demo.larkfield.text import FOLDER, read_document, read_text
from governance.brakes.engine import LeaseVerdict, Progress
from governance.brakes.models import BudgetUse
from governance.brakes.services.checking import Asking, CheckedQuery, check_query
from governance.brakes.services.judging import Origin, judge
from governance.brakes.services.leasing import beat
from governance.permissions.holder import opt_outs
from governance.permissions.services.statements import Statement
from tests.governance.brakes.company import in_force

KEY = read_text("expected/brakes.yaml")


@pytest.fixture(autouse=True)
def _in_force(larkfield: None) -> None:
    """All ten hold."""
    in_force(*read_document("brakes.yaml"))


def text_of(query: str) -> str:
    folder = FOLDER if query.startswith("runaway/") else FOLDER / "queries"
    return Path(folder / f"{query}.sql").read_text(encoding="utf-8")


def asked(entry: Mapping[str, Any]) -> CheckedQuery:
    """What a query of the key is answered, asked as it states."""
    person = Person.objects.get(username=entry["by"])
    budget = {"brake": f"brake:{entry['brake']}", "day": timezone.now().date()}
    for team in person.teams.values_list("name", flat=True):
        read = entry.get("read_today", 0)
        BudgetUse.objects.update_or_create(team=team, **budget, defaults={"bytes": read})
    return check_query(
        Statement(text_of(entry["query"]), "duckdb", system="duckdb://warehouse"),
        acting=principal_of(person),
        asking=Asking(Origin(entry.get("gateway", "")), wants_lease="runs_seconds" in entry),
    )


def test_each_runaway_query_is_stopped_by_the_brake_that_the_key_names() -> None:
    assert len(KEY["pathological"]) == len(read_document("brakes.yaml")) == 10
    assert len({entry["brake"] for entry in KEY["pathological"]}) == 10
    for entry in KEY["pathological"]:
        found = asked(entry)
        if entry["code"] == "elapsed":
            assert found.trips == ()
            assert found.lease is not None
            acting = principal_of(Person.objects.get(username=entry["by"]))
            going = beat(str(found.lease.pk), Progress(seconds=299.0), acting=acting)
            assert going.verdict is LeaseVerdict.CONTINUE
            last = beat(str(found.lease.pk), Progress(seconds=entry["runs_seconds"]), acting=acting)
            assert (last.verdict, last.code, last.brake) == (
                LeaseVerdict.STOP, "elapsed", f"brake:{entry['brake']}",
            )  # fmt: skip
            continue
        stopped = {one.name: one.code for one in found.trips if one.refuses}
        assert stopped.keys() == {entry["brake"], *entry.get("also", ())}, entry["query"]
        assert stopped[entry["brake"]] == entry["code"]
        assert found.decision == "deny"


def test_no_ordinary_query_of_the_150_is_stopped() -> None:
    stopped: dict[str, str] = {}
    for query in queries():
        person = Person.objects.get(username=query.author)
        judged = judge(
            Statement(query.text.sql, query.dialect, system="duckdb://warehouse"),
            query.dialect,
            Origin(),
            index=opt_outs.index_for(person.pk),
            person=person.pk,
            now=timezone.now(),
        )
        refusing = {one.name if one.code != "unreadable" else "unreadable"
                    for one in judged.refusing}  # fmt: skip
        if refusing:
            also = {
                name
                for entry in KEY["pathological"]
                if entry["query"] == f"{query.group}/{query.file}"
                for name in entry.get("also", ())
            }
            (stopped[query.id],) = refusing - also
    assert stopped == KEY["stopped_of_the_150"]
    ordinary = {query.id for query in queries() if query.group is not Group.PATHOLOGICAL}
    assert len(ordinary) == 140
    assert not ordinary & stopped.keys()


def test_an_old_measurement_says_its_age() -> None:
    found = asked(KEY["pathological"][8])
    assert [one.name for one in found.estimate.stale] == ["mysql://marketpilot/mktg.email_event"]

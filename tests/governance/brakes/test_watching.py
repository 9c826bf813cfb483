"""What a watcher of a Trino cannot look at is not let by where brakes are in force, and it keeps
the watcher from no others."""

from __future__ import annotations

import pytest

from catalog.models import Person
from catalog.registries.connectors import SourceUnreadable
from catalog.selectors.principals import principal_of
from governance.brakes.engine import Progress
from governance.brakes.trino import watching
from governance.brakes.trino.coordinator import Running
from governance.brakes.trino.watching import Watcher
from governance.permissions.services.statements import MOST_CHARACTERS
from lineage.connectors.trino_client import TrinoAddress
from tests.governance.brakes.company import brake, company, in_force

pytestmark = pytest.mark.django_db
LONG = f"SELECT 1 FROM web.click, hr.person --{'x' * MOST_CHARACTERS}"


@pytest.mark.parametrize(("brakes", "killed"), [(True, ["q1"]), (False, [])])
def test_a_text_too_long_to_be_looked_at_is_no_way_past_a_brake(
    monkeypatch: pytest.MonkeyPatch, brakes: bool, killed: list[str]
) -> None:
    # Given a query whose comment makes it longer than what is checked
    company()
    in_force(*[brake(form={"no_cross_join": True})] * brakes)
    runs = Running("q1", "ann", LONG, "shop", "web", Progress())
    monkeypatch.setattr(watching, "running", lambda address: [runs])
    ended: list[str] = []
    monkeypatch.setattr(watching, "kill", lambda address, query, reason: ended.append(query))
    account = principal_of(Person.objects.get(username="gate"))
    watcher = Watcher(TrinoAddress("http://trino.example", "concord"), account, "lake")

    # When the watcher looks
    found = watcher.look()

    # Then it is ended, with what helps, only where something could hold it
    assert ended == killed
    assert ["at most 200,000 are checked" in one.reason for one in found] == [True] * len(killed)


def test_a_query_that_is_over_before_it_is_ended_keeps_nobody_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given two queries that a brake is against, of which one ends by itself meanwhile, and one that
    # says it has read more than there can be
    company()
    in_force(brake(form={"no_cross_join": True}))
    crossed = "SELECT 1 FROM web.click, hr.person"
    odd = Progress(bytes=10**30)
    runs = [Running(f"q{one}", "ann", crossed, "shop", "web", Progress()) for one in (1, 2)]
    runs.insert(1, Running("odd", "ann", "SELECT 1", "shop", "web", odd))
    monkeypatch.setattr(watching, "running", lambda address: runs)
    ended: list[str] = []

    def kill(address: TrinoAddress, query: str, reason: str) -> None:
        if query == "q1":
            raise SourceUnreadable("Trino refused the query: Target query is not running: q1")
        ended.append(query)

    monkeypatch.setattr(watching, "kill", kill)
    account = principal_of(Person.objects.get(username="gate"))
    watcher = Watcher(TrinoAddress("http://trino.example", "concord"), account, "lake")

    # When the watcher looks, and once more at what runs on
    found = [one.query_id for one in (*watcher.look(), *watcher.look())]

    # Then the other is ended each time, and what could not be done is told
    assert (ended, found) == (["q2", "q2"], ["q2", "q2"])
    assert "not running" in watcher.failed["q1"]
    assert "bytes is at most" in watcher.failed["odd"]

"""What a watcher of a Trino cannot look at is not let by where brakes are in force."""

from __future__ import annotations

import pytest

from catalog.models import Person
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

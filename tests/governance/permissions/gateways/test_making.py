"""Documents are made beside everything else, once for all who ask meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.making import Documents, Maker
from governance.permissions.gateways.registered import GatewayRecord
from tests.governance.permissions.gateways.asking import LAKE, standing
from tests.governance.permissions.gateways.fetching import salaries, without_database

GATEWAY = GatewayRecord(id=7, name="lake", purpose="", environment="", elsewhere=LAKE)


class Slow:
    """Makes a document once it may, or fails."""

    def __init__(self) -> None:
        self.may, self.made = threading.Event(), list[str]()

    def __call__(
        self, held: Standing, gateway: GatewayRecord, at: float
    ) -> tuple[int, Mapping[str, bytes]]:
        """As `making.Make`."""
        self.made.append(gateway.name)
        assert self.may.wait(20)
        if gateway.name == "broken":
            raise RuntimeError("cannot be made")
        return len(self.made), {"policies": gateway.name.encode()}


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    without_database(monkeypatch)


def test_who_waits_for_documents_takes_no_thread_of_others() -> None:
    # Given more engines that ask for documents of two gateways than there are threads
    slow, held = Slow(), standing(salaries())
    maker = Maker(slow)
    other = replace(GATEWAY, id=8, name="river")

    async def asked() -> tuple[list[Documents], str]:
        waiting = [
            asyncio.ensure_future(maker.documents(held, one))
            for one in (GATEWAY, other)
            for _ in range(50)
        ]
        await asyncio.sleep(0)
        waiting.pop().cancel()  # who goes away takes it from nobody
        # When somebody needs a thread meanwhile
        meanwhile = await asyncio.wait_for(asyncio.to_thread(lambda: "answered"), 10)
        slow.may.set()
        return await asyncio.gather(*waiting), meanwhile

    found, meanwhile = asyncio.run(asked())

    # Then they have one, and each gateway's documents were made once
    assert meanwhile == "answered"
    assert slow.made == ["lake", "river"]
    assert [one.bodies["policies"] for one in found] == [b"lake"] * 50 + [b"river"] * 49


def test_what_cannot_be_made_is_said_to_all_and_tried_again() -> None:
    slow, held = Slow(), standing(salaries())
    maker, broken = Maker(slow), replace(GATEWAY, name="broken")
    slow.may.set()

    async def asked() -> list[Documents | BaseException]:
        both = (maker.documents(held, broken), maker.documents(held, broken))
        return await asyncio.gather(*both, return_exceptions=True)

    assert [str(one) for one in asyncio.run(asked())] == ["cannot be made"] * 2
    assert asyncio.run(maker.documents(held, GATEWAY)).bodies == {"policies": b"lake"}
    assert slow.made == ["broken", "lake"]

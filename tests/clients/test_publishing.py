"""What clients are sent is written once for all that get the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from governance.permissions.engine import Delta, compile_index, next_index
from governance.permissions.gateways.clients.publishing import Content, Publisher, terms_of
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.registered import Registered
from tests.clients.service import salaries
from tests.governance.permissions.gateways.asking import NOW, rule


def test_many_that_waited_for_one_state_have_it_written_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a change, of which all clients of one version are told at once
    publisher, registered = Publisher(lambda version: 0), Registered()
    before = compile_index(salaries(), clock=lambda: NOW)
    publisher.publish(Standing(before, registered, 0, 0, NOW))
    delta = Delta(before.version + 1, rules=(rule("plan", "hr.plan"),))
    state = publisher.publish(Standing(next_index(before, delta), registered, 0, 0, NOW))
    terms = terms_of(registered, frozenset({"trino://lake"}))
    written, begun = publisher._written, []

    def counted(*given: Any) -> Content:
        begun.append(1)
        return written(*given)

    monkeypatch.setattr(publisher, "_written", counted)

    async def all_of_them() -> list[Content]:
        asked = [
            asyncio.ensure_future(publisher.content(before.version, 0, terms, state))
            for _ in range(50)
        ]
        await asyncio.sleep(0)
        asked.pop(0).cancel()  # who goes away takes it from nobody
        return await asyncio.gather(*asked)

    found = asyncio.run(all_of_them())

    # Then one thread writes it, and everybody gets the same
    assert {id(one) for one in found} == {id(found[0])}
    assert (len(found), len(begun), found[0].base) == (49, 1, before.version)

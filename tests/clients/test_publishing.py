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


def test_who_comes_with_what_stood_before_takes_nothing_back() -> None:
    # Given somebody who asked, took what stands, and was overtaken by a look and by a commit
    publisher, registered = Publisher(lambda version: 0), Registered()
    first = compile_index(salaries(), clock=lambda: NOW)
    second, third = (
        next_index(first, Delta(first.version + ahead, rules=(rule("plan", "hr.plan"),)))
        for ahead in (1, 2)
    )
    publisher.publish(Standing(first, registered, 1, 1, NOW))
    publisher.publish(Standing(second, registered, 2, 2, NOW))
    newest = publisher.publish(Standing(third, registered, 2, 2, NOW))

    # When it is published, then the newest state stays, and what led to it
    assert publisher.publish(Standing(first, registered, 1, 1, NOW)) is newest
    assert publisher.publish(Standing(second, registered, 2, 2, NOW)) is newest
    assert len(publisher._states) == 3

    # And where the database says an older version later, it was restored: what it says counts
    restored = publisher.publish(Standing(second, registered, 3, 3, NOW))
    assert restored.index is second
    assert list(publisher._states) == [second.version]
    assert publisher.publish(Standing(third, registered, 2, 2, NOW)) is restored


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

    monkeypatch.setattr(publisher._writing, "_work", counted)

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

"""Delegations beside each other: no circle, no chain, two proxies, thirty days (3.3)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.council.rules.delegation import Proxy, obstacle

DAY = dt.timedelta(days=1)
SEPTEMBER = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
TOMAS, BRAM, SURI, NADIA = 1, 2, 3, 4


def proxy(giver: int, taker: int, begin: int, end: int, domain: int | None = None) -> Proxy:
    """From the given day of September until another."""
    return Proxy(giver, taker, SEPTEMBER + begin * DAY, SEPTEMBER + end * DAY, domain)


HELD = proxy(TOMAS, BRAM, 0, 13)


@pytest.mark.parametrize(
    ("wanted", "existing", "code"),
    [
        (HELD, [], None),
        (proxy(TOMAS, BRAM, 0, 30), [], None),
        (proxy(TOMAS, BRAM, 0, 31), [], "length"),
        (proxy(TOMAS, BRAM, 3, 3), [], "length"),
        (proxy(TOMAS, TOMAS, 0, 3), [], "self"),
        (proxy(TOMAS, SURI, 5, 9), [HELD], "twice"),
        (proxy(TOMAS, SURI, 13, 20), [HELD], None),  # the first is over by then
        (proxy(TOMAS, SURI, 5, 9, domain=7), [HELD], None),  # narrower: goes before the general
        (proxy(BRAM, TOMAS, 5, 9), [HELD], "circle"),
        (proxy(NADIA, TOMAS, 5, 9), [HELD], "taker_gave"),
        (proxy(BRAM, SURI, 5, 9), [HELD], "giver_holds"),
        (proxy(BRAM, SURI, 5, 9, domain=8), [proxy(TOMAS, BRAM, 0, 13, domain=7)], None),
        (proxy(SURI, BRAM, 5, 9), [HELD], None),  # the second proxy
        (proxy(NADIA, BRAM, 5, 9), [HELD, proxy(SURI, BRAM, 8, 12)], "proxies"),
        (proxy(NADIA, BRAM, 5, 8), [HELD, proxy(SURI, BRAM, 8, 12)], None),
    ],
)
def test_what_may_stand_beside_what(wanted: Proxy, existing: list[Proxy], code: str | None) -> None:
    found = obstacle(wanted, existing, days_max=30, proxies_max=2)

    assert (found.code if found else None) == code


@given(
    st.lists(
        st.builds(
            lambda giver, taker, begin, length, domain: proxy(
                giver, taker, begin, begin + length, domain
            ),
            st.integers(1, 6),
            st.integers(1, 6),
            st.integers(0, 20),
            st.integers(1, 10),
            st.sampled_from([None, None, 1, 2]),
        ),
        max_size=25,
    )
)
def test_whatever_was_asked_for_there_is_never_a_chain_and_never_a_third_proxy(
    wanted: list[Proxy],
) -> None:
    made: list[Proxy] = []
    for ask in wanted:
        if obstacle(ask, made, days_max=30, proxies_max=2) is None:
            made.append(ask)

    for day in range(31):
        at = SEPTEMBER + day * DAY
        held = [p for p in made if p.holds(at)]
        for one in held:
            for other in held:
                assert not (one.taker == other.giver and one.meets(other))
            assert len({p.giver for p in held if p.taker == one.taker}) <= 2
            same = [p for p in held if (p.giver, p.domain) == (one.giver, one.domain)]
            assert same == [one]

"""What the tests of access pages share: visitors, dates, and a page as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.test import Client

TODAY = dt.date.today()
Visitor = Callable[[str], Client]


def days(count: int) -> str:
    return (TODAY + dt.timedelta(days=count)).isoformat()


def text_of(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.content[:400]
    return " ".join(answer.content.decode().split())

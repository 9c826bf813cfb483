"""Statements written by hand, hostile and ordinary, with views over the company's tables.

Each is judged under every policy: what is allowed or rewritten by running it in all worlds. In the
list `\r` and `\x0b` stand for these characters.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from benchmarks.lineage.statements import TABLES
from benchmarks.native_check.company import POLICIES, TYPES
from benchmarks.native_check.judging import Judge, Tally

VIEWS = {
    "cust_view": (
        "SELECT * FROM customers",
        {"id": "integer", "name": "varchar", "region": "integer", "score": "integer",
         "extra": TYPES["r"]},
    ),
    "spenders": (
        "SELECT c.id, c.name, sum(o.amount) AS total FROM customers c"
        " JOIN orders o ON o.cid = c.id GROUP BY 1, 2",
        {"id": "integer", "name": "varchar", "total": "hugeint"},
    ),
    "names": (
        "SELECT id, upper(name) AS up FROM main.customers", {"id": "integer", "up": "varchar"},
    ),
    "deep": ("SELECT * FROM names", {"id": "integer", "up": "varchar"}),
    "only_a": (
        "SELECT id, amount FROM orders WHERE kind = 'a'", {"id": "integer", "amount": "integer"},
    ),
    "hist": (
        "SELECT region, count(*) AS n FROM customers GROUP BY region",
        {"region": "integer", "n": "bigint"},
    ),
    "label_view": (
        "SELECT id AS code, label AS title FROM regions", {"code": "integer", "title": "varchar"},
    ),
}  # fmt: skip
_BELOW = {
    "cust_view": ["customers"], "spenders": ["customers", "orders"], "names": ["customers"],
    "deep": ["customers"], "only_a": ["orders"], "hist": ["customers"], "label_view": ["regions"],
}  # fmt: skip
NOT_FOLLOWED = frozenset(
    "function statement unreadable unresolved unknown_table session empty".split()
)
"""Codes of refusals of what nobody follows, whatever it would touch."""


def statements() -> list[str]:
    """One a line."""
    text = (Path(__file__).parent / "written.txt").read_text(encoding="utf-8")
    return [line.replace("\\r", "\r").replace("\\x0b", "\x0b") for line in text.split("\n") if line]


def judge_written(policies: int = len(POLICIES)) -> Tally:
    """Judge all of them under so many policies."""
    tally = Tally(answers=Counter())
    for policy in POLICIES[:policies]:
        judge = Judge(policy, views=VIEWS)
        for sql in statements():
            judge.judge(sql, tally)
    needless = [one for one in tally.needless if _is_followed(one[2])]
    tally.needless = [one for one in needless if not _is_of_more(one[0], one[1])]
    tally.avoidable = [
        one for one in (*tally.avoidable, *needless)
        if _is_followed(one[2]) and one not in tally.needless
    ]  # fmt: skip
    return tally


def _is_followed(said: str) -> bool:
    return said.partition(":")[0] not in NOT_FOLLOWED


def _is_of_more(policy: str, sql: str) -> bool:
    """Whether a statement reads something protected through a view."""
    words = set(re.findall(r"\w+", sql.lower()))
    named = {table for table in TABLES if table in words}
    named |= {table for view, tables in _BELOW.items() if view in words for table in tables}
    (meant,) = [one for one in POLICIES if one.name == policy]
    return any(meant.protects(table) for table in named)

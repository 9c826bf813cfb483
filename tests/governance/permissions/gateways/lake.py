"""A small lake in a real Trino, opt-outs about it, and thirty queries with the answers that they
have to have, stated before anything is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.models import Agreement, OptOutException
from governance.permissions.native import CheckAnswer
from governance.permissions.services.statements import Statement, check_statement
from governance.permissions.types import ExceptionState
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.permissions.company import in_force, opt_out
from tests.servers.trino import Trino

REFUSED = "refused"
TABLES = {
    "salary": (("id", "bigint"), ("name", "varchar"), ("amount", "bigint"), ("region", "varchar")),
    "people": (("id", "bigint"), ("phone", "varchar"), ("born", "date")),
    "plan": (("id", "integer"),),
    "secret": (("id", "integer"),),
    "free": (("id", "integer"), ("cost", "integer")),
}
NATIONS = (
    "ALGERIA", "ARGENTINA", "BRAZIL", "CANADA", "EGYPT", "ETHIOPIA", "FRANCE", "GERMANY", "INDIA",
    "INDONESIA", "IRAN", "IRAQ", "JAPAN", "JORDAN", "KENYA", "MOROCCO", "MOZAMBIQUE", "PERU",
    "CHINA", "ROMANIA", "SAUDI ARABIA", "VIETNAM", "RUSSIA", "UNITED KINGDOM", "UNITED STATES",
)  # fmt: skip
IN_EUROPE = (6, 7, 19, 22, 23)
"""The keys of the nations whose rows of `salary` say `eu`."""

_ALL = [
    [key, name[-3:], "eu" if key in IN_EUROPE else "us"] for key, name in enumerate(NATIONS)
]  # fmt: skip
_EUROPE = [row for row in _ALL if row[2] == "eu"]
_PEOPLE = [[1, "1119", "1980-01-01"], [2, "2228", "1991-01-01"], [3, "3339", "1975-01-01"]]

STATED: tuple[tuple[str, Any, Any], ...] = (
    ("SELECT id, name, region FROM memory.hr.salary ORDER BY id", _EUROPE, _ALL),
    ("SELECT * FROM memory.hr.salary ORDER BY id", _EUROPE, _ALL),
    ("SELECT count(*) FROM memory.hr.salary", [[5]], [[25]]),
    ("SELECT region, count(*) FROM memory.hr.salary GROUP BY region ORDER BY region",
     [["eu", 5]], [["eu", 5], ["us", 20]]),
    ("SELECT amount FROM memory.hr.salary", REFUSED, REFUSED),
    ("SELECT sum(amount) FROM memory.hr.salary", REFUSED, REFUSED),
    ("SELECT count(amount) FROM memory.hr.salary", REFUSED, REFUSED),
    ("SELECT id FROM memory.hr.salary WHERE amount > 3000", REFUSED, REFUSED),
    ("SELECT id FROM memory.hr.salary ORDER BY amount", REFUSED, REFUSED),
    ("SELECT id FROM memory.hr.salary WHERE name = 'FRANCE'", [], []),
    ("SELECT id FROM memory.hr.salary WHERE name = 'NCE'", [[6]], [[6]]),
    ("SELECT count(DISTINCT region) FROM memory.hr.salary", [[1]], [[2]]),
    ("SELECT upper(region) FROM memory.hr.salary WHERE id = 6", [["EU"]], [["EU"]]),
    ("WITH x AS (SELECT id FROM memory.hr.salary) SELECT count(*) FROM x", [[5]], [[25]]),
    ("SELECT id FROM (SELECT id, name FROM memory.hr.salary) AS s WHERE id > 20 ORDER BY id",
     [[22], [23]], [[21], [22], [23], [24]]),
    ("SELECT max(name) FROM memory.hr.salary s JOIN memory.hr.free f ON f.id = s.id",
     [[None]], [["INA"]]),
    ("SELECT f.id FROM memory.hr.free f WHERE EXISTS"
     " (SELECT 1 FROM memory.hr.salary s WHERE s.id = f.id)", [], [[1]]),
    ("SELECT region FROM memory.hr.salary EXCEPT SELECT 'eu'", [], [["us"]]),
    ("SELECT * FROM memory.hr.people ORDER BY id", _PEOPLE, _PEOPLE),
    ("SELECT phone, year(born) FROM memory.hr.people WHERE phone LIKE '%9' ORDER BY id",
     [["1119", 1980], ["3339", 1975]], [["1119", 1980], ["3339", 1975]]),
    ("SELECT id FROM memory.hr.people WHERE born = DATE '1980-02-03'", [], []),
    ("SELECT id FROM memory.hr.people WHERE born = DATE '1980-01-01'", [[1]], [[1]]),
    ("SELECT max(phone) FROM memory.hr.people", [["3339"]], [["3339"]]),
    ("SELECT id FROM memory.hr.plan", [[1]], REFUSED),
    ("SELECT 1 FROM memory.hr.plan LIMIT 1", [[1]], REFUSED),
    ("SELECT id FROM memory.hr.free UNION ALL SELECT id FROM memory.hr.plan",
     [[1], [1]], REFUSED),
    ("SELECT id FROM memory.hr.secret", REFUSED, REFUSED),
    ("SELECT sum(cost) FROM memory.hr.free", [[2]], [[2]]),
    ("SELECT * FROM memory.hr.unlisted", REFUSED, REFUSED),
    ("SELECT lower('A'), abs(-1)", [["a", 1]], [["a", 1]]),
)  # fmt: skip
"""Each with what ann and bob are answered; `pat` is exempt from everything."""


def listed() -> None:
    """The people and tables that Concord knows of."""
    PersonFactory(username="tester")  # who looks whether Trino works
    AdministratorFactory(username="boss")
    for name in ("ann", "bob"):
        PersonFactory(username=name)
    TeamFactory(name="payroll").members.add(PersonFactory(username="pat"))
    system = SystemFactory(platform="trino", instance="lake")
    for name, columns in TABLES.items():
        row = DatasetFactory(
            system=system, name=name, qualified_name=f"trino://lake/memory.hr.{name}"
        )
        for place, (column, kind) in enumerate(columns):
            ColumnFactory(dataset=row, name=column, physical_type=kind, ordinal=place)


def filled(trino: Trino) -> None:
    """The tables with their rows, made while everything is open."""
    trino.query("CREATE SCHEMA memory.hr", user="boss")
    trino.query(
        "CREATE TABLE memory.hr.salary AS SELECT nationkey AS id, CAST(name AS varchar) AS"
        " name, nationkey * 1000 AS amount, CAST(IF(regionkey = 3, 'eu', 'us') AS varchar)"
        " AS region FROM tpch.tiny.nation",
        user="boss",
    )
    trino.query(
        "CREATE TABLE memory.hr.people AS SELECT * FROM (VALUES"
        " (BIGINT '1', CAST('030-1119' AS varchar), DATE '1980-02-03'),"
        " (2, '030-2228', DATE '1991-05-06'), (3, '030-3339', DATE '1975-12-31'))"
        " AS t (id, phone, born)",
        user="boss",
    )
    for name in ("plan", "secret", "free", "unlisted"):
        trino.query(f"CREATE TABLE memory.hr.{name} AS SELECT 1 AS id, 2 AS cost", user="boss")


def restricted(seconds: float) -> dt.datetime:
    """Eight opt-outs come into force; ann is excepted from the first and bob from the fifth until
    the instant that is returned."""
    in_force(
        opt_out(1, resources={"dataset": "hr.plan"}),
        opt_out(2, resources={"dataset": "hr.secret"}, confidential_metadata=True),
        opt_out(3, resources={"dataset": "hr.salary", "column": "amount"}),
        opt_out(4, resources={"dataset": "hr.salary", "column": "name"}, effect="mask(last3)"),
        opt_out(5, resources={"dataset": "hr.salary"}, effect="row_filter(region = 'eu')"),
        opt_out(6, resources={"dataset": "hr.people", "column": "phone"}, effect="mask(last4)"),
        opt_out(7, resources={"dataset": "hr.people", "column": "born"}, effect="mask(year)"),
        opt_out(8, resources={"dataset": "hr.free"}, actions=["write"]),
    )
    now = timezone.now()
    ends = now + dt.timedelta(seconds=seconds)
    for number, username in ((1, "ann"), (5, "bob")):
        OptOutException.objects.create(
            agreement=Agreement.objects.get(key=f"permission_policy:oo-{number}"),
            person=Person.objects.get(username=username), state=ExceptionState.APPROVED,
            reason="Audit.", begins_at=now - dt.timedelta(hours=1), ends_at=ends,
            requested_at=now,
        )  # fmt: skip
    return ends


def outcome(trino: Trino, sql: str, user: str) -> object:
    """The rows, or that Trino refuses."""
    try:
        return trino.query(sql, user=user)
    except RuntimeError as error:
        said = str(error)
        is_refused = any(one in said for one in ("Access Denied", "not exist", "not allowed"))
        return REFUSED if is_refused else said


def checked(trino: Trino, sql: str, user: str) -> object:
    """The same by the native check, what it leaves run by somebody who may see everything."""
    statement = Statement(
        sql, "trino", system="trino://lake", default_database="memory", hide_denied=True
    )
    found = check_statement(
        statement, acting=principal_of(Person.objects.get(username=user))
    ).verdict
    if found.answer is CheckAnswer.DENY:
        return REFUSED
    return trino.query(found.sql, user="pat")


def compared(trino: Trino) -> None:
    """Every stated query is answered as stated, and as the native check answers it."""
    for sql, ann, bob in STATED:
        for user, answer in (("ann", ann), ("bob", bob)):
            assert outcome(trino, sql, user) == answer, (user, sql)
            assert checked(trino, sql, user) == answer, (user, sql, "native")
        found = outcome(trino, sql, "pat")
        assert found == checked(trino, sql, "pat"), ("pat", sql)
        assert found != REFUSED, ("pat", sql)

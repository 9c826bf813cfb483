"""A session of a database behind the opt-outs: each statement is checked and runs as it may.

Whoever holds the bare connection goes around it: give code the guard and keep the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from concord_client.client import Client
from concord_client.errors import StatementRefused
from concord_client.held import OUT_OF_SCOPE, STALE, Held, system_of
from concord_client.sql.tables import Table, Tables
from governance.permissions.engine import Dataset, Decision
from governance.permissions.native import (
    Asked,
    CheckAnswer,
    KnownColumn,
    KnownDataset,
    Reason,
    Verdict,
    check,
)
from governance.permissions.types import DataAction

_UNLISTED = 2**40
"""Numbers of tables that the service does not list begin here."""
_FLOORS = {
    "not_signed_in": "Nobody is named.",
    "unknown": "Concord knows nobody of that name.",
    "inactive": "The account is not active.",
    "not_by_default": "Accounts of this kind are denied all data by default.",
}
_CLOSED = {
    STALE: "Concord has not answered for too long to decide about this data.",
    OUT_OF_SCOPE: "This client does not serve the system that the data lies in.",
}


class Guard:
    """See the module. `run` executes a statement that may run; `tables` say what names mean."""

    def __init__(
        self,
        client: Client,
        tables: Tables,
        run: Callable[[str, Any], Any],
        *,
        user: str,
        purpose: str | None = None,
        hide_denied: bool = False,
    ) -> None:
        self._client = client
        self._tables = tables
        self._run = run
        self._user = user
        self._purpose = purpose
        self._hide_denied = hide_denied

    def execute(self, sql: str, parameters: Any = None) -> Any:
        """Run what may run of a statement and return what the session returns. Raises
        StatementRefused, and whatever the session raises."""
        verdict = self.check(sql)
        if verdict.answer is CheckAnswer.DENY:
            raise StatementRefused(verdict.reasons)
        return self._run(verdict.sql, parameters)

    def check(self, sql: str) -> Verdict:
        """What becomes of a statement; nothing runs. Each table that is read is one record."""
        held = self._client.held
        checking = _Checking(self._client, held, self._tables, self._user, self._purpose)
        floor = held.decide(held.people.get(self._user, -1), DataAction.READ, -1).code
        if floor in _FLOORS:
            reason = Reason(floor, _FLOORS[floor], ask="an administrator")
            return Verdict(CheckAnswer.DENY, "", (reason,))
        place = self._tables.place()
        asked = Asked(
            sql=sql,
            dialect=self._tables.dialect,
            database=place.database,
            schema=place.schema,
            is_concerned=checking.is_concerned(),
            hide_denied=self._hide_denied,
        )
        verdict = check(asked, checking, checking.decide)
        return checking.recorded(verdict)


class _Checking:
    """One statement: what its names mean, and what is decided about them, from one state."""

    def __init__(
        self, client: Client, held: Held, tables: Tables, user: str, purpose: str | None
    ) -> None:
        self._client = client
        self._held = held
        self._tables = tables
        self._user = user
        self._person = held.people.get(user, -1)
        self._purpose = purpose if purpose is not None else held.purpose
        self._at = held.clock()
        self._known: dict[tuple[str, ...], KnownDataset | None] = {}
        self._numbers: dict[str, int] = {}
        self._unlisted: dict[int, Dataset] = {}
        self._names: dict[int, str] = {}

    def is_concerned(self) -> bool:
        """Whether any opt-out may hold for whoever asks, whatever it is about."""
        held = self._held
        if not held.is_open_now(None):
            return True
        return any(
            held.index.concerns(self._person, action, self._purpose, held.environment, self._at)
            for action in DataAction
        )

    # --- governance.permissions.native.Catalog ------------------------------------------------

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """The table of that name in the session, where it may be known of."""
        table = self._tables.find(parts, database, schema)
        if table is None:
            return None
        known = self._known_of(table)
        return known if is_inside or self._sees(known) else None

    def _known_of(self, table: Table) -> KnownDataset:
        found = self._known.get(table.parts)
        if found is None:
            name, system = self._held.served.name_of(*table.parts)
            number = self._number(name, system, table)
            found = self._known[table.parts] = KnownDataset(
                id=number,
                name=name,
                parts=table.parts,
                columns=tuple(
                    KnownColumn(column, kind, column.lower()) for column, kind in table.columns
                ),
                is_view=bool(table.definition),
                definition=table.definition,
                definition_dialect=self._tables.dialect if table.definition else "",
                definition_database=table.parts[0],
                definition_schema=table.parts[1],
            )
            self._names[number] = name
        return found

    def _number(self, name: str, system: str, table: Table) -> int:
        listed = self._held.by_name.get(name)
        if listed is not None:
            return listed
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = _UNLISTED + len(self._numbers)
            columns = {column.lower(): frozenset[str]() for column, _ in table.columns}
            self._unlisted[number] = Dataset(
                id=0, name=name, kind="view" if table.definition else "table",
                system=system or system_of(name), columns=columns,
            )  # fmt: skip
        return number

    def _sees(self, known: KnownDataset) -> bool:
        index, unlisted = self._held.index, self._unlisted.get(known.id)
        if unlisted is not None:
            return index.see_unlisted(self._person, unlisted, self._at).allowed
        return index.see(self._person, known.id, self._at).allowed

    # --- governance.permissions.native.Decide -------------------------------------------------

    def decide(self, number: int, action: DataAction, columns: Sequence[str] | None) -> Decision:
        """The opt-outs for a table of the session."""
        held = self._held
        unlisted = self._unlisted.get(number)
        if not held.is_open_now(None if unlisted is not None else number):
            return Decision(False, STALE, held.version)
        rest = (columns, self._purpose, held.environment, self._at)
        if unlisted is None:
            return held.decide(self._person, action, number, *rest)
        if not held.unpacked.lists(unlisted.system):
            return Decision(False, OUT_OF_SCOPE, held.version)
        return held.index.decide_unlisted(self._person, action, unlisted, *rest)

    def recorded(self, verdict: Verdict) -> Verdict:
        """The same verdict, its decisions on their way to the service; what closes for another
        reason than an opt-out is said in words."""
        for known, decision in verdict.decisions:
            self._client.record(self._user, DataAction.READ, known.name, self._purpose, decision)
        closed = [
            Reason(decision.code, _CLOSED[decision.code], known.name, ask="an administrator")
            for known, decision in verdict.decisions
            if decision.code in _CLOSED
        ]
        return replace(verdict, reasons=tuple(closed)) if closed else verdict

"""The opt-outs in force at one instant as Trino's rules, never wider than the engine.

The first rule that fits a person and a table holds, and where none fits it is denied. So whoever is
not known is refused first, then what each opt-out hides or denies as a whole, then come the tables
that some see otherwise than others, then what the catalog lists, at last everything for whoever no
opt-out concerns. A rule has one list of privileges, so what may not be read may not be written. A
rule cannot say "every other column": where an opt-out reaches columns that the catalog does not
list, the table is closed. Of tables that any opt-out covers nobody owns anything here, as whoever
could rename one, or show it by a view of their own, would lead others around it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.names import lookup_parts, outer_column
from governance.permissions.engine import ColumnEffect
from governance.permissions.engine.coverage import names_columns
from governance.permissions.gateways.ranger.tables import EngineTable, grouped
from governance.permissions.gateways.reaching import Reach, denies
from governance.permissions.gateways.rules.patterns import literal, none_of, one_of, people
from governance.permissions.gateways.trino.dialect import NULL, NotInTrino, condition, masked
from governance.permissions.types import DataAction, Mask

Types = Callable[[Iterable[int]], Mapping[int, Mapping[str, str]]]
"""The types of the columns of datasets, by path, as the catalog knows them."""
Rule = dict[str, Any]

READ = ("SELECT",)
WRITE = ("INSERT", "DELETE", "UPDATE")
OWN = ("OWNERSHIP", "GRANT_SELECT")
DENIED: Rule = {"privileges": []}
OPEN: Rule = {"privileges": [*READ, *WRITE]}
_DECIDED = frozenset({"open", "restricted"})
_HIDDEN_COLUMNS = ("$path", "$file_size", "$file_modified_time", "$partition", "$bucket")
"""What connectors show of a row beside its columns: it tells values of them."""


@dataclass(slots=True)
class TrinoRules(Reach):
    """See the module. `administrators` and `impersonators` have what they have by other means."""

    types: Types
    administrators: frozenset[int] = frozenset()
    impersonators: frozenset[str] = frozenset()
    _tables: list[Rule] = field(default_factory=list)
    _everybody: list[str] = field(default_factory=list)
    _open_to: list[str] = field(default_factory=list)

    def written(self) -> dict[str, list[Rule]]:
        """All sections, always in the same order; one that is absent would allow everything."""
        masks = self.index.parts.masks
        self._everybody = self.names(masks)
        self._open_to = self.names(pk for pk in masks if not self.is_concerned(pk))
        self._tables = [
            {"user": none_of(self._everybody), **DENIED},
            {"catalog": "system", "schema": "jdbc|metadata|runtime", "privileges": [*READ]},
            {"catalog": "system", **DENIED},
        ]
        self._hide()
        closed = self._deny()
        self._differing(closed)
        self._listed()
        self._tables.append(self._to(self._open_to, {"privileges": [*READ, *WRITE, OWN[0]]}))
        return {"tables": self._tables, **self._rest()}

    def closed(self) -> dict[str, list[Rule]]:
        """What is said where all of it would be too much: nothing to whom any opt-out concerns."""
        masks = self.index.parts.masks
        self._everybody = self.names(masks)
        self._open_to = self.names(pk for pk in masks if not self.is_concerned(pk))
        everything = {"privileges": [*READ, *WRITE, OWN[0]]}
        system = {"catalog": "system", "schema": "jdbc|metadata|runtime", "privileges": [*READ]}
        tables = [
            {"user": none_of(self._everybody), **DENIED}, system, {"catalog": "system", **DENIED},
            {"user": one_of(self._open_to), **everything},
        ]  # fmt: skip
        return {"tables": tables, **self._rest()}

    # --- beside tables ---------------------------------------------------------------------

    def _rest(self) -> dict[str, list[Rule]]:
        """Catalogs, schemas, queries and whatever is no data; what is no section's is denied."""
        known, open_to = one_of(self._everybody), one_of(self._open_to)
        administrators = one_of(
            self.names(self.administrators & self.index.parts.masks.keys())
        )  # fmt: skip
        others = one_of(self.impersonators & self.index.parts.by_username.keys())
        return {
            "catalogs": [
                {"user": administrators, "allow": "owner"}, {"user": known, "allow": "all"},
            ],
            "schemas": [{"user": open_to, "owner": True}, {"owner": False}],
            "functions": [
                {"user": known, "catalog": "system", "schema": "builtin",
                 "privileges": ["EXECUTE"]},
                {"user": open_to, "privileges": ["EXECUTE"]},
            ],
            "procedures": [{"user": open_to, "privileges": ["EXECUTE"]}],
            "queries": [
                {"user": administrators, "allow": ["execute", "kill", "view"]},
                {"user": known, "allow": ["execute"]},
            ],
            "impersonation": [{"original_user": others, "new_user": known}],
            "system_information": [{"user": administrators, "allow": ["read", "write"]}],
            "authorization": [],
            "system_session_properties": [{"user": known, "allow": True}],
            "catalog_session_properties": [{"user": known, "allow": True}],
        }  # fmt: skip

    # --- tables ----------------------------------------------------------------------------

    def _hide(self) -> None:
        """What a confidential opt-out covers in part is not there at all."""
        slots = self.index.parts.slots
        bits = slots.period(self.at).mask & slots.confidential & ~slots.only_asked_from
        for bit, slot in slots.with_bits(bits):
            for some, lifted in self.concerned(bit, slot):
                self._say(self.there(slot, slot.touched, lifted), [self._to_people(some, DENIED)])

    def _deny(self) -> int:
        """What is denied to be read as a whole; the bits of those opt-outs."""
        closed = 0
        for bit, slot in self.applying(DataAction.READ):
            if not denies(slot):
                continue
            closed |= bit
            for some, lifted in self.concerned(bit, slot):
                self._say(self.there(slot, slot.whole, lifted), [self._to_people(some, DENIED)])
        return closed

    def _differing(self, closed: int) -> None:
        """Tables of which some may have a part; `closed` are the opt-outs that deny."""
        parts = self.index.parts
        applying = 0
        for action in (DataAction.READ, DataAction.WRITE):
            for bit, _ in self.applying(action):
                applying |= bit
        differing: dict[int, int] = {}
        for pk in sorted(self.tables):
            signature = parts.signatures[pk]
            bits = (signature.any | signature.by_name) & applying
            if bits & ~(signature.whole & closed):
                differing[pk] = bits
        types = self.types(differing)
        groups: dict[int, list[list[int]]] = {}
        alike: dict[str, list[EngineTable]] = {}
        for pk, bits in differing.items():
            if bits not in groups:
                groups[bits] = self.alike(bits)
            said: dict[str, list[int]] = {}
            for some in groups[bits]:
                rule = self._rule(some[0], pk, types.get(pk, {}))
                if rule != OPEN:
                    said.setdefault(_text(rule), []).extend(some)
            rules = [self._to_people(some, json.loads(text)) for text, some in sorted(said.items())]
            if rules:
                alike.setdefault(_text(rules), []).append(self.tables[pk])
        for text, tables in alike.items():
            self._say(tables, json.loads(text))

    def _rule(self, person: int, pk: int, types: Mapping[str, str]) -> Rule:
        """What holds for somebody about a table."""
        about = (self.purpose, self.environment, self.at)
        decision = self.index.decide(person, DataAction.READ, pk, None, *about)
        whole = decision.everywhere
        if decision.code not in _DECIDED or not decision.allowed or not whole.is_open:
            return DENIED
        try:
            rows = " AND ".join(f"({condition(one.expression)})" for one in decision.filters)
        except NotInTrino:
            return DENIED
        columns = dict(decision.columns)
        for path in self._named_beside(person, pk):
            if path is None:
                return DENIED
            asked = self.index.decide(person, DataAction.READ, pk, (path,), *about)
            columns[path] = asked.effect_on(path)
        writes = self.index.decide(person, DataAction.WRITE, pk, None, *about)
        said = list(_columns(columns, types))
        # A rule says of a table whether it is written, not of its columns; and to whoever may do
        # more than read Trino lists and expands every column, closed or not.
        may_write = writes.allowed and all(not one.denied for one in writes.columns.values())
        may_write = may_write and all(one.get("allow", True) for one in said)
        if rows or said:
            said += [{"name": name, "allow": False} for name in _HIDDEN_COLUMNS]
        rule: Rule = {"privileges": [*READ, *(WRITE if may_write else ())]}
        if said:
            rule["columns"] = said
        if rows:
            rule["filter"] = rows
        return rule

    def _named_beside(self, person: int, pk: int) -> Iterator[str | None]:
        """Columns that the catalog does not list and an opt-out names; None where it means any that
        are named alike."""
        parts = self.index.parts
        record = parts.records[pk]
        bits = parts.signatures[pk].by_name & parts.masks[person]
        about = (self.purpose, self.environment, self.at)
        for bit, slot in self.applying(DataAction.READ):
            if not bits & bit or not names_columns(slot.rule.resources):
                continue
            for pattern in slot.rule.resources.columns:
                path = pattern.replace("*", "x")
                while path in record.columns and "*" in pattern:
                    path += "x"
                if path in record.columns:
                    continue
                decision = self.index.decide(person, DataAction.READ, pk, (path,), *about)
                if not decision.effect_on(path).is_open:
                    yield path if "*" not in pattern else None

    def _listed(self) -> None:
        """What the catalog lists: of tables that no opt-out covers whoever is known has all."""
        signatures = self.index.parts.signatures
        touched = [
            table
            for pk, table in self.tables.items()
            if signatures[pk].any or signatures[pk].by_name
        ]
        covered = set(touched)
        rest = [table for table in self.tables.values() if table not in covered]
        self._say(touched, [OPEN])
        self._say(rest, [{"privileges": [*READ, *WRITE, *OWN]}])

    # --- parts -------------------------------------------------------------------------------

    def _to_people(self, some: Iterable[int], rule: Rule) -> Rule:
        return self._to(self.names(some), rule)

    def _to(self, names: Sequence[str], rule: Rule) -> Rule:
        """A rule for some people; whoever is not known was refused by the first rule."""
        return {"user": people(names, self._everybody), **rule}

    def _say(self, tables: Iterable[EngineTable], rules: Sequence[Rule]) -> None:
        for (catalog, schema), names in grouped(tables).items():
            place = {
                "catalog": literal(catalog), "schema": literal(schema), "table": one_of(names),
            }  # fmt: skip
            self._tables += [{**place, **rule} for rule in rules]


def _text(said: Any) -> str:
    return json.dumps(said, sort_keys=True)


def _columns(effects: Mapping[str, ColumnEffect], types: Mapping[str, str]) -> Iterator[Rule]:
    """What holds for columns by their names; of one inside of another the outer one is named.

    Of a column whose type is not known nothing is shown.
    """
    outer: dict[str, list[tuple[str, ColumnEffect]]] = {}
    for path, effect in effects.items():
        if not effect.is_open:
            outer.setdefault(outer_column(path), []).append((path, effect))
    for name, held in sorted(outer.items()):
        if any(effect.denied or effect.min_group for _, effect in held):
            yield {"name": name, "allow": False}
            continue
        own = lookup_parts((name,))
        mask = held[0][1].mask if [path for path, _ in held] == [own] else Mask.EMPTY
        kind = types.get(own, "")
        yield {"name": name, "mask": masked(mask, name, kind) if mask and kind else NULL}

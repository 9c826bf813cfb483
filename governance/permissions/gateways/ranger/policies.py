"""The opt-outs in force at one instant as policies of Ranger, never wider than the engine.

Ranger denies what no policy allows, and a denial beats all permissions. So whoever no opt-out
concerns is allowed everything; everybody else what the catalog lists, minus the denials of each
opt-out; what is not listed stays closed to them, as in the check of whole statements. Exceptions
take people out of a denial. A table has one filter and a column one mask for a person: those of all
opt-outs together, as the engine itself joins them for everybody to whom the same opt-outs apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from governance.permissions.engine import Decision, Index, Parameter
from governance.permissions.engine.coverage import is_of_age, names_columns
from governance.permissions.engine.parts import Lifting
from governance.permissions.engine.patterns import names_match
from governance.permissions.engine.slots import Slot
from governance.permissions.gateways.ranger.definition import (
    ALL,
    DATA,
    MASK_CUSTOM,
    MASK_NULL,
    READS,
    SEEN,
    WRITES,
)
from governance.permissions.gateways.ranger.tables import EngineTable, grouped
from governance.permissions.gateways.trino.dialect import (
    NO_ROWS,
    NULL,
    NotInTrino,
    condition,
    masked_as,
)
from governance.permissions.types import DataAction, Effect, Mask

ACCESS, MASKING, FILTERING = 0, 1, 2
Types = Callable[[Iterable[int]], Mapping[int, Mapping[str, str]]]
"""The types of the columns of datasets, by path, as the catalog knows them."""
Resource = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class RangerPolicies:
    """See the module. `at` is the instant, `administrators` and `impersonators` have what they have
    by other means."""

    index: Index
    at: float
    purpose: str | None
    environment: str | None
    tables: Mapping[int, EngineTable]
    types: Types
    administrators: frozenset[int] = frozenset()
    impersonators: frozenset[str] = frozenset()
    _policies: list[dict[str, Any]] = field(default_factory=list)

    def written(self) -> list[dict[str, Any]]:
        """All policies, always in the same order."""
        people = self._names(self.index.parts.masks)
        open_to = self._names(pk for pk in self.index.parts.masks if not self._is_concerned(pk))
        self._of_the_engine(people, open_to)
        self._allow([_everything()], open_to, DATA)
        listed = grouped(self.tables.values())
        self._allow([_table(*at, names) for at, names in listed.items()], people, DATA)
        self._hide()
        self._deny(DataAction.READ, READS)
        self._deny(DataAction.WRITE, WRITES)
        self._close_unlisted()
        self._narrow()
        return self._policies

    # --- what everybody has --------------------------------------------------------------

    def _of_the_engine(self, people: list[str], unconcerned: list[str]) -> None:
        """Queries, catalogs, schemas, the engine's own tables and functions."""
        self._allow([{"queryid": ["*"]}], people, ["execute"])
        self._allow([{"trinouser": ["{USER}"]}], people, ["impersonate"])  # be oneself
        self._allow([{"catalog": ["*"]}, {"catalog": ["*"], "schema": ["*"]}], people, SEEN)
        self._allow([{"systemproperty": ["*"]}], people, ["alter"])
        self._allow([{"catalog": ["*"], "sessionproperty": ["*"]}], people, ["alter"])
        own = [
            _table("*", "information_schema", ["*"]),
            *(_table("system", schema, ["*"]) for schema in ("jdbc", "metadata", "runtime")),
        ]
        self._allow(own, people, [*READS, *SEEN])
        builtin = {"catalog": ["system"], "schema": ["builtin"], "schemafunction": ["*"]}
        self._allow([builtin, {"function": ["*"]}], people, ["execute", "show"])
        # Code of a connector may read what it does not name: closed to whoever is concerned.
        routines = [
            {"catalog": ["*"], "schema": ["*"], "schemafunction": ["*"]},
            {"catalog": ["*"], "schema": ["*"], "procedure": ["*"]},
        ]
        self._allow(routines, unconcerned, ["execute", "show"])
        self._allow([{"catalog": ["*"], "schema": ["*"]}], unconcerned, WRITES)
        administrators = self._names(self.administrators & self.index.parts.masks.keys())
        self._allow([{"catalog": ["*"]}], administrators, ["create", "drop"])
        self._allow([{"sysinfo": ["*"]}], administrators, ["read_sysinfo", "write_sysinfo"])
        others = sorted(self.impersonators & self.index.parts.by_username.keys())
        self._allow([{"trinouser": ["*"]}], others, ["impersonate"])

    # --- denials -----------------------------------------------------------------------------

    def _hide(self) -> None:
        """What a confidential opt-out covers in part is not there at all."""
        slots = self.index.parts.slots
        bits = slots.period(self.at).mask & slots.confidential & ~slots.only_asked_from
        for bit, slot in slots.with_bits(bits):
            for people, lifted in self._concerned(bit, slot):
                hidden = self._there(slot, slot.touched, lifted)
                self._refuse(slot.rule.number, hidden, people, ALL)

    def _deny(self, action: DataAction, accesses: Sequence[str]) -> None:
        """Denials, and what can only be told in groups."""
        for bit, slot in self._applying(action):
            if not _denies(slot):
                continue
            for people, lifted in self._concerned(bit, slot):
                whole = self._there(slot, slot.whole, lifted)
                self._refuse(slot.rule.number, whole, people, accesses)
                for columns, tables in self._columns(bit, slot, lifted).items():
                    if action is DataAction.READ:
                        self._refuse(slot.rule.number, tables, people, ALL, columns)
                    else:  # a plugin asks whether a table may be written, not which columns
                        self._refuse(slot.rule.number, tables, people, accesses)

    def _columns(
        self, bit: int, slot: Slot, lifted: Sequence[str]
    ) -> dict[tuple[str, ...], list[EngineTable]]:
        """Tables of which some columns are covered, by these columns."""
        signatures = self.index.parts.signatures
        found: dict[tuple[str, ...], list[EngineTable]] = {}
        for pk, table in self._datasets(slot, slot.touched - slot.whole, lifted):
            covered = signatures[pk].columns or {}
            columns = {path.partition(".")[0] for path, bits in covered.items() if bits & bit}
            found.setdefault(tuple(sorted(columns)), []).append(table)
        return found

    def _close_unlisted(self) -> None:
        """Columns that the catalog does not list, where an opt-out names columns by patterns."""
        parts = self.index.parts
        for bit, slot in self._applying(DataAction.READ):
            if not names_columns(slot.rule.resources):
                continue
            pks = BitMap(pk for pk in self.tables if parts.signatures[pk].by_name & bit)
            for people, lifted in self._concerned(bit, slot) if pks else ():
                found: dict[tuple[str, ...], list[EngineTable]] = {}
                for pk, table in self._datasets(slot, pks, lifted):
                    known = {path.partition(".")[0] for path in parts.records[pk].columns}
                    if known:
                        found.setdefault(tuple(sorted(known)), []).append(table)
                for columns, tables in found.items():
                    self._refuse(
                        slot.rule.number, tables, people, READS, columns, is_rest=True
                    )  # fmt: skip

    # --- rows and values -----------------------------------------------------------------

    def _narrow(self) -> None:
        """One filter for each table and one mask for each column, for all with the same."""
        narrowing = 0
        for bit, slot in self._applying(DataAction.READ):
            if not _denies(slot):
                narrowing |= bit
        parts = self.index.parts
        touched = [pk for pk in sorted(self.tables) if parts.signatures[pk].any & narrowing]
        types = self.types(touched)
        alike: dict[int, list[list[int]]] = {}
        for pk in touched:
            bits = parts.signatures[pk].any & narrowing
            groups = alike.get(bits)
            if groups is None:
                groups = alike[bits] = self._alike(bits)
            filters: dict[str, list[int]] = {}
            masks: dict[tuple[tuple[str, ...], bool, str], list[int]] = {}
            for people in groups:
                decision = self.index.decide(
                    people[0], DataAction.READ, pk, None, self.purpose, self.environment, self.at
                )
                if text := _filter(decision):
                    filters.setdefault(text, []).extend(people)
                for key in _masks(decision, types.get(pk, {})):
                    masks.setdefault(key, []).extend(people)
            self._filter_rows(self.tables[pk], filters)
            self._mask(self.tables[pk], masks)

    def _alike(self, bits: int) -> list[list[int]]:
        """People whom some of the opt-outs concern, by all that may tell their answers apart."""
        parts = self.index.parts
        found: dict[object, list[int]] = {}
        for person, mask in parts.masks.items():
            held = mask & bits
            if not held:
                continue
            lifted = tuple(
                one.exception.id
                for one in parts.liftings.get(person, ())
                if one.bits & bits and one.exception.begins <= self.at < one.exception.ends
            )
            values: tuple[str, ...] = ()
            if held & parts.slots.personal:
                known = parts.persons[person].attributes
                values = tuple(
                    known.get(piece.name, "")
                    for slot in parts.slots.of(held & parts.slots.personal)
                    for piece in (slot.rule.filter.pieces if slot.rule.filter else ())
                    if isinstance(piece, Parameter)
                )
            found.setdefault((held, lifted, values), []).append(person)
        return list(found.values())

    def _filter_rows(self, table: EngineTable, filters: Mapping[str, list[int]]) -> None:
        items = [
            {**self._item(people, READS), "rowFilterInfo": {"filterExpr": text}}
            for text, people in sorted(filters.items())
        ]
        if items:
            resource = {name: [value] for name, value in _parts(table)}
            self._policy(FILTERING, [resource], rowFilterPolicyItems=items)

    def _mask(
        self,
        table: EngineTable,
        masks: Mapping[tuple[tuple[str, ...], bool, str], list[int]],
    ) -> None:
        by_column: dict[tuple[tuple[str, ...], bool], list[dict[str, Any]]] = {}
        for (columns, is_rest, text), people in sorted(masks.items()):
            info = {"dataMaskType": MASK_NULL}
            if text != NULL:
                info = {"dataMaskType": MASK_CUSTOM, "valueExpr": text}
            by_column.setdefault((columns, is_rest), []).append(
                {**self._item(people, READS), "dataMaskInfo": info}
            )
        for (columns, is_rest), items in by_column.items():
            resource = {name: [value] for name, value in _parts(table)}
            resource["column"] = list(columns)
            self._policy(
                MASKING, [resource], dataMaskPolicyItems=items,
                is_rest=is_rest and columns != ("*",),
            )  # fmt: skip

    # --- parts -------------------------------------------------------------------------------

    def _is_concerned(self, person: int) -> bool:
        return any(
            self.index.concerns(person, action, self.purpose, self.environment, self.at)
            for action in DataAction
        )

    def _applying(self, action: DataAction) -> Iterator[tuple[int, Slot]]:
        slots = self.index.parts.slots
        bits = slots.period(self.at).fill(action, self.purpose, self.environment)
        yield from slots.with_bits(bits)

    def _concerned(self, bit: int, slot: Slot) -> Iterator[tuple[list[int], tuple[str, ...]]]:
        """Whom a slot concerns, with the names of data that an exception takes out of it; those
        who are excepted from all of it are left out."""
        parts = self.index.parts
        found: dict[tuple[str, ...], list[int]] = {}
        for person, mask in parts.masks.items():
            if not mask & bit:
                continue
            held = [one for one in parts.liftings.get(person, ()) if self._holds(one, bit)]
            if any(not one.exception.names for one in held):
                continue
            names = tuple(sorted({name for one in held for name in one.exception.names}))
            found.setdefault(names, []).append(person)
        for names in sorted(found):
            yield found[names], names

    def _holds(self, lifting: Lifting, bit: int) -> bool:
        exception = lifting.exception
        return bool(lifting.bits & bit) and exception.begins <= self.at < exception.ends

    def _there(self, slot: Slot, pks: BitMap, lifted: Sequence[str]) -> list[EngineTable]:
        return [table for _, table in self._datasets(slot, pks, lifted)]

    def _datasets(
        self, slot: Slot, pks: BitMap, lifted: Sequence[str]
    ) -> Iterator[tuple[int, EngineTable]]:
        """The engine's tables among some datasets, those aside that are of another age or that
        an exception takes out."""
        records = self.index.parts.records
        for pk in pks:
            table = self.tables.get(pk)
            if table is None:
                continue
            if slot.rule.when.has_age and not is_of_age(slot.rule.when, records[pk], self.at):
                continue
            if not (lifted and names_match(lifted, records[pk].name)):
                yield pk, table

    def _names(self, people: Iterable[int]) -> list[str]:
        persons = self.index.parts.persons
        return sorted(persons[pk].name for pk in people)

    def _item(self, people: Iterable[int], accesses: Sequence[str]) -> dict[str, Any]:
        return _item(self._names(people), accesses)

    def _allow(
        self, resources: Sequence[Resource], users: Sequence[str], accesses: Sequence[str]
    ) -> None:
        if users and resources:
            self._policy(ACCESS, resources, policyItems=[_item(users, accesses)])

    def _refuse(
        self,
        number: str,
        tables: Iterable[EngineTable],
        people: Iterable[int],
        accesses: Sequence[str],
        columns: Sequence[str] = ("*",),
        *,
        is_rest: bool = False,
    ) -> None:
        resources = [_table(*at, names, columns) for at, names in grouped(tables).items()]
        if resources:
            item = self._item(people, accesses)
            self._policy(ACCESS, resources, number, is_rest=is_rest, denyPolicyItems=[item])

    def _policy(
        self,
        kind: int,
        resources: Sequence[Resource],
        number: str = "",
        *,
        is_rest: bool = False,
        **items: list[dict[str, Any]],
    ) -> None:
        place = len(self._policies) + 1
        first, *more = (_resource(one, is_rest=is_rest) for one in resources)
        self._policies.append(
            {
                "id": place,
                "guid": f"concord-{place}",
                "isEnabled": True,
                "version": 1,
                "service": "",
                "name": f"{place} {number}".strip(),
                "policyType": kind,
                "policyPriority": 0,
                "isAuditEnabled": False,
                "resources": first,
                "additionalResources": more,
                **items,
            }
        )


def _item(users: Sequence[str], accesses: Sequence[str]) -> dict[str, Any]:
    return {
        "accesses": [{"type": one, "isAllowed": True} for one in accesses],
        "users": list(users),
    }


def _everything() -> Resource:
    return _table("*", "*", ["*"])


def _table(
    catalog: str, schema: str, names: Sequence[str], columns: Sequence[str] = ("*",)
) -> Resource:
    return {"catalog": [catalog], "schema": [schema], "table": names, "column": columns}


def _parts(table: EngineTable) -> tuple[tuple[str, str], ...]:
    return (("catalog", table.catalog), ("schema", table.schema), ("table", table.name))


def _resource(resource: Resource, *, is_rest: bool) -> dict[str, Any]:
    """As Ranger reads it; `is_rest` means every column but those named."""
    return {
        name: {
            "values": list(values), "isRecursive": False,
            "isExcludes": is_rest and name == "column",
        }
        for name, values in resource.items()
    }  # fmt: skip


def _denies(slot: Slot) -> bool:
    """Groups of a least size cannot be carried: they deny."""
    return slot.denies or slot.rule.effect is Effect.MIN_GROUP


def _filter(decision: Decision) -> str:
    """The rows that stay; empty where all do."""
    try:
        return " AND ".join(f"({condition(one.expression)})" for one in decision.filters)
    except NotInTrino:
        return NO_ROWS


def _masks(
    decision: Decision, types: Mapping[str, str]
) -> Iterator[tuple[tuple[str, ...], bool, str]]:
    """What is shown in place of columns: names, whether all others are meant, and the expression.

    Of a column inside of another one, and of one whose type is not known, nothing is shown.
    """
    everywhere = decision.everywhere.mask
    known = [path for path in types if "." not in path]
    named = {path.partition(".")[0] for path in decision.columns}
    for column in sorted({*known, *named} if everywhere else named):
        effect = decision.effect_on(column)
        nested = [one for path, one in decision.columns.items() if path.startswith(f"{column}.")]
        mask = effect.mask
        if any(one.mask is not None for one in nested):
            mask = Mask.EMPTY
        if mask is not None and not effect.denied:
            kind = types.get(column, "")
            yield (column,), False, masked_as(mask, column, kind) if kind else NULL
    if everywhere is not None:
        yield tuple(sorted({*known, *named})) or ("*",), True, NULL

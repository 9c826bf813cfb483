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

from catalog.names import lookup_parts, outer_column
from governance.permissions.engine import Decision
from governance.permissions.engine.coverage import names_columns
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
from governance.permissions.gateways.reaching import Reach, denies
from governance.permissions.gateways.trino.dialect import (
    NO_ROWS,
    NULL,
    NotInTrino,
    condition,
    masked_as,
)
from governance.permissions.types import DataAction, Mask

ACCESS, MASKING, FILTERING = 0, 1, 2
Types = Callable[[Iterable[int]], Mapping[int, Mapping[str, str]]]
"""The types of the columns of datasets, by path, as the catalog knows them."""
Resource = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class RangerPolicies(Reach):
    """See the module. `administrators` and `impersonators` have what they have by other means."""

    types: Types
    administrators: frozenset[int] = frozenset()
    impersonators: frozenset[str] = frozenset()
    _policies: list[dict[str, Any]] = field(default_factory=list)

    def written(self) -> list[dict[str, Any]]:
        """All policies, always in the same order."""
        people = self.names(self.index.parts.masks)
        open_to = self.names(pk for pk in self.index.parts.masks if not self.is_concerned(pk))
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
        administrators = self.names(self.administrators & self.index.parts.masks.keys())
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
            for people, lifted in self.concerned(bit, slot):
                hidden = self.there(slot, slot.touched, lifted)
                self._refuse(slot.rule.number, hidden, people, ALL)

    def _deny(self, action: DataAction, accesses: Sequence[str]) -> None:
        """Denials, and what can only be told in groups."""
        for bit, slot in self.applying(action):
            if not denies(slot):
                continue
            for people, lifted in self.concerned(bit, slot):
                whole = self.there(slot, slot.whole, lifted)
                self._refuse(slot.rule.number, whole, people, accesses)
                for columns, tables in self.columns_covered(bit, slot, lifted).items():
                    if action is DataAction.READ:
                        self._refuse(slot.rule.number, tables, people, ALL, columns)
                    else:  # a plugin asks whether a table may be written, not which columns
                        self._refuse(slot.rule.number, tables, people, accesses)

    def _close_unlisted(self) -> None:
        """Columns that the catalog does not list, where an opt-out names columns by patterns; who
        writes does not say which, so that the whole table is closed to them."""
        parts = self.index.parts
        for bit, slot in self.applying(DataAction.READ):
            if not names_columns(slot.rule.resources):
                continue
            pks = BitMap(pk for pk in self.tables if parts.signatures[pk].by_name & bit)
            for people, lifted in self.concerned(bit, slot) if pks else ():
                found: dict[tuple[str, ...], list[EngineTable]] = {}
                for pk, table in self.datasets(slot, pks, lifted):
                    known = {outer_column(path) for path in parts.records[pk].columns}
                    if known:
                        found.setdefault(tuple(sorted(known)), []).append(table)
                for columns, tables in found.items():
                    self._refuse(
                        slot.rule.number, tables, people, READS, columns, is_rest=True
                    )  # fmt: skip
        for bit, slot in self.applying(DataAction.WRITE):
            if not denies(slot) or not names_columns(slot.rule.resources):
                continue
            pks = BitMap(pk for pk in self.tables if parts.signatures[pk].by_name & bit)
            for people, lifted in self.concerned(bit, slot) if pks else ():
                self._refuse(slot.rule.number, self.there(slot, pks, lifted), people, WRITES)

    # --- rows and values -----------------------------------------------------------------

    def _narrow(self) -> None:
        """One filter for each table and one mask for each column, for all with the same."""
        narrowing = 0
        for bit, slot in self.applying(DataAction.READ):
            if not denies(slot):
                narrowing |= bit
        parts = self.index.parts
        touched = [pk for pk in sorted(self.tables) if parts.signatures[pk].any & narrowing]
        types = self.types(touched)
        alike: dict[int, list[list[int]]] = {}
        for pk in touched:
            bits = parts.signatures[pk].any & narrowing
            groups = alike.get(bits)
            if groups is None:
                groups = alike[bits] = self.alike(bits)
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

    def _item(self, people: Iterable[int], accesses: Sequence[str]) -> dict[str, Any]:
        return _item(self.names(people), accesses)

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
    known = {outer_column(path) for path in types}
    named = {outer_column(path) for path in decision.columns}
    for column in sorted({*known, *named} if everywhere else named):
        own = lookup_parts((column,))
        effect = decision.effect_on(own)
        nested = [one for path, one in decision.columns.items() if path.startswith(f"{own}.")]
        mask = effect.mask
        if any(one.mask is not None for one in nested):
            mask = Mask.EMPTY
        if mask is not None and not effect.denied:
            kind = types.get(own, "")
            yield (column,), False, masked_as(mask, column, kind) if kind else NULL
    if everywhere is not None:
        yield tuple(sorted({*known, *named})) or ("*",), True, NULL

"""What a set of bits means, written out once and kept for all who get the same answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import time

from pyroaring import BitMap

from governance.permissions.engine.coverage import is_named_column, is_of_age, is_read
from governance.permissions.engine.explaining import Pending, explained
from governance.permissions.engine.leaving import leaving
from governance.permissions.engine.parts import (
    Lifting,
    Parts,
    Signature,
    columns_of_bit,
    touched_bits,
)
from governance.permissions.engine.patterns import names_match
from governance.permissions.engine.slots import Period, Slot
from governance.permissions.engine.types import (
    DatedException,
    Decision,
)

_MOST_KEPT = 50_000
"""Answers written out and kept; beyond, all are forgotten and written anew."""


_MOST_SETS = 500
"""Sets of datasets that are kept, some kilobytes each."""


class Writing:
    """The state of an index, and the answers that are not kept yet."""

    def __init__(self, parts: Parts, *, clock: Callable[[], float] = time) -> None:
        self.parts = parts
        self.version = parts.version
        self._clock = clock
        self._masks = parts.masks
        self._pages = parts.signatures.pages
        self._liftings = parts.liftings
        self._slots = parts.slots
        self._special = parts.slots.aged | parts.slots.personal
        self.opened = Decision(True, "open", parts.version)
        self._kept: dict[object, Decision] = {}
        self._sets: dict[tuple[int, bool], BitMap] = {}
        self._hiding: dict[int, bool] = {}
        self._period: Period = parts.slots.period(clock())

    def __del__(self) -> None:
        leaving.take(self.parts, self._kept)

    def _turn(self, now: float, at: float | None) -> Period:
        period = self._slots.period(now)
        if at is None:
            self._period = period
        return period

    def _is_closed(self, person: int | None) -> bool:
        return person not in self._masks

    def _floor(self, person: int | None) -> Decision:
        if person is None:
            return Decision(False, "not_signed_in", self.version)
        known = self.parts.persons.get(person)
        if known is None:
            return Decision(False, "unknown", self.version)
        if not known.is_active:
            return Decision(False, "inactive", self.version)
        if person not in self._masks:
            return Decision(False, "not_by_default", self.version)
        return Decision(False, "unknown_dataset", self.version)

    def _written(
        self,
        person: int | None,
        bits: int,
        signature: Signature,
        dataset: int,
        columns: Sequence[str] | None,
        now: float,
    ) -> Decision:
        """The answer for what applies, written out once for all who get the same."""
        assert person is not None
        liftings = self._liftings.get(person, ())
        if signature.is_plain:
            touched = bits & signature.any
            if not touched & self._special and not any(touched & one.bits for one in liftings):
                return self._kept.get(touched) or self._keep(
                    touched, self._pending(person, touched, signature, {}, columns, ())
                )
        touched = touched_bits(signature, columns) & bits
        unlisted = self._unlisted(signature, bits, dataset, columns)
        for extra in unlisted.values():
            touched |= extra
        if touched & self._slots.aged:
            touched = self._of_age(touched, dataset, now)
        lifted: tuple[DatedException, ...] = ()
        excused = 0
        for lifting in liftings:
            if touched & lifting.bits and self._lifts(lifting.exception, dataset, now):
                excused |= lifting.bits
                lifted += (lifting.exception,)
        touched &= ~excused
        if not touched and not lifted:
            return self.opened
        is_personal = bool(touched & self._slots.personal)
        is_by_column = signature.columns is not None or bool(unlisted)
        key: object = touched
        if lifted or is_personal or is_by_column:
            key = (
                touched,
                signature.number if is_by_column else None,
                tuple(columns) if is_by_column and columns is not None else None,
                tuple(unlisted.items()) if unlisted else None,
                person if is_personal else 0,
                tuple(one.id for one in lifted),
            )
        kept = self._kept.get(key)
        if kept is None:
            kept = self._keep(
                key, self._pending(person, touched, signature, unlisted, columns, lifted)
            )
        return kept

    def _keep(self, key: object, decision: Decision) -> Decision:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = decision
        return decision

    def _pending(
        self,
        person: int,
        touched: int,
        signature: Signature,
        unlisted: Mapping[str, int],
        columns: Sequence[str] | None,
        lifted: tuple[DatedException, ...],
    ) -> Decision:
        """The answer to a question, its explanation left for when somebody reads it."""

        # Not `self`: what is kept would hold the index that keeps it.
        slots, version, who = self._slots, self.version, self.parts.persons[person]

        def written() -> Decision:
            matched = [
                (slot, columns_of_bit(bit, signature, unlisted))
                for bit, slot in slots.with_bits(touched)
            ]
            return explained(version, matched, columns, lifted, who)

        if columns is not None or not touched:
            return written()
        is_denied = touched & signature.whole & self._slots.denying
        return Pending(not is_denied, self.version, written)

    def _unlisted(
        self, signature: Signature, bits: int, dataset: int, columns: Sequence[str] | None
    ) -> dict[str, int]:
        """Rules on columns in use that the catalog does not list: by their names, or because they
        lie in or around columns that are covered."""
        if not columns or signature.is_plain:
            return {}
        listed = self.parts.records[dataset].columns
        found: dict[str, int] = {}
        for path in columns:
            if path in listed:
                continue
            own = 0
            for bit, slot in self._slots.with_bits(signature.any_column & bits):
                covered = columns_of_bit(bit, signature, {}) or frozenset()
                if is_read(covered, listed, path) or is_named_column(slot.rule.resources, path):
                    own |= bit
            if own:
                found[path] = own
        return found

    def _of_age(self, bits: int, dataset: int, now: float) -> int:
        record = self.parts.records[dataset]
        for bit, slot in self._slots.with_bits(bits & self._slots.aged):
            if not is_of_age(slot.rule.when, record, now):
                bits &= ~bit
        return bits

    def _lifts(self, exception: DatedException, dataset: int, now: float) -> bool:
        if not exception.begins <= now < exception.ends:
            return False
        return not exception.names or names_match(exception.names, self.parts.records[dataset].name)

    def _lifted_rules(
        self, person: int | None, name: str, now: float
    ) -> dict[str, list[DatedException]]:
        found: dict[str, list[DatedException]] = {}
        for lifting in self._liftings.get(person, ()):  # type: ignore[arg-type]
            exception = lifting.exception
            if exception.begins <= now < exception.ends and (
                not exception.names or names_match(exception.names, name)
            ):
                found.setdefault(exception.rule, []).append(exception)
        return found

    def _covered(self, person: int | None, bits: int, now: float, *, is_whole: bool) -> BitMap:
        """The datasets under a set of bits, age and exceptions of somebody considered; kept for
        the next who asks, and not to be changed."""
        plain = bits & ~self._slots.aged
        if plain == bits and person not in self._liftings:
            kept = self._sets.get((bits, is_whole))
            if kept is None:
                kept = self._slots.covered(bits, is_whole=is_whole)
                if len(self._sets) >= _MOST_SETS:
                    self._sets.clear()
                self._sets[bits, is_whole] = kept
            return kept
        liftings = [
            lifting
            for lifting in self._liftings.get(person, ())  # type: ignore[arg-type]
            if lifting.bits & bits and lifting.exception.begins <= now < lifting.exception.ends
        ]
        for lifting in liftings:
            if not lifting.exception.names:
                bits &= ~lifting.bits
            plain &= ~lifting.bits
        found = self._slots.covered(plain, is_whole=is_whole)
        for bit, slot in self._slots.with_bits(bits & ~plain):
            found |= self._covered_slowly(bit, slot, liftings, now, is_whole=is_whole)
        return found

    def _covered_slowly(
        self, bit: int, slot: Slot, liftings: Sequence[Lifting], now: float, *, is_whole: bool
    ) -> BitMap:
        records = self.parts.records
        found = slot.whole if is_whole else slot.touched
        names = [lifting.exception.names for lifting in liftings if lifting.bits & bit]
        has_age = slot.rule.when.has_age
        return BitMap(
            pk
            for pk in found
            if not (has_age and not is_of_age(slot.rule.when, records[pk], now))
            and not any(names_match(one, records[pk].name) for one in names)
        )

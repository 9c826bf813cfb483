"""What a set of rules means together, written out: denial, masks, groups, filters, reasons.

The order of the rules changes nothing: denials are ORed, groups take the greatest, masks the
strictest of the lattice, filters are ANDed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from governance.permissions.engine.lattice import strictest
from governance.permissions.engine.slots import Slot
from governance.permissions.engine.types import (
    ColumnEffect,
    DatedException,
    Decision,
    FilterText,
    Matched,
    Parameter,
    Person,
    RowFilter,
)
from governance.permissions.types import Effect

Found = tuple[Slot, frozenset[str] | None]
"""A slot that applies with the columns it covers, None for the whole dataset."""


class Pending(Decision):
    """A decision that is written out when somebody asks for more than the answer."""

    __slots__ = ("_write", "_written")
    _write: Callable[[], Decision]
    _written: Decision | None

    def __init__(self, allowed: bool, version: int, write: Callable[[], Decision]) -> None:
        _set_allowed(self, allowed)
        _set_code(self, "restricted" if allowed else "opt_out")
        _set_version(self, version)
        _set_write(self, write)
        _set_written(self, None)

    def written(self) -> Decision:
        """The whole of it; written once, or by two threads alike."""
        found = self._written
        if found is None:
            found = self._write()
            _set_written(self, found)
        return found

    @property
    def everywhere(self) -> ColumnEffect:
        """See `Decision`."""
        return self.written().everywhere

    @property
    def columns(self) -> Mapping[str, ColumnEffect]:
        """See `Decision`."""
        return self.written().columns

    @property
    def filters(self) -> tuple[RowFilter, ...]:
        """See `Decision`."""
        return self.written().filters

    @property
    def rules(self) -> tuple[Matched, ...]:
        """See `Decision`."""
        return self.written().rules

    @property
    def lifted(self) -> tuple[DatedException, ...]:
        """See `Decision`."""
        return self.written().lifted

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Pending):
            other = other.written()
        return self.written() == other

    def __hash__(self) -> int:
        return hash((self.allowed, self.code, self.version))


_set_allowed = Decision.__dict__["allowed"].__set__
_set_code = Decision.__dict__["code"].__set__
_set_version = Decision.__dict__["version"].__set__
_set_write = Pending.__dict__["_write"].__set__
_set_written = Pending.__dict__["_written"].__set__


def explained(
    version: int,
    found: Iterable[Found],
    asked: Sequence[str] | None,
    lifted: tuple[DatedException, ...],
    person: Person,
) -> Decision:
    """The decision that all of `found` make together for the columns asked."""
    rules = sorted(found, key=lambda one: one[0].rule.key)
    everywhere = _together(slot for slot, columns in rules if columns is None)
    columns = _by_column(rules)
    filters = tuple(
        RowFilter(slot.rule.key, filled(slot.rule.filter, person), slot.rule.filter.columns)
        for slot, _ in rules
        if slot.rule.filter is not None and not slot.denies
    )
    named = () if asked is None else asked
    is_denied = everywhere.denied or any(columns[path].denied for path in named if path in columns)
    is_restricted = bool(filters or columns or not everywhere.is_open)
    return Decision(
        allowed=not is_denied,
        code="opt_out" if is_denied else "restricted" if is_restricted else "open",
        version=version,
        everywhere=everywhere,
        columns=columns,
        filters=filters,
        rules=tuple(
            Matched(slot.rule, None if of is None else tuple(sorted(of)), slot.variant.stricter)
            for slot, of in rules
        ),
        lifted=tuple(sorted(lifted, key=lambda one: one.id)),
    )


def filled(text: FilterText, person: Person) -> str:
    """A row filter as standard SQL for one person: their values as escaped literals, NULL for
    what is not known of them."""
    return "".join(
        literal(person.attributes.get(piece.name, "")) if isinstance(piece, Parameter) else piece
        for piece in text.pieces
    )


def literal(value: str) -> str:
    """A text as a literal of standard SQL; NULL where it is empty."""
    if not value:
        return "NULL"
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def _by_column(rules: Sequence[Found]) -> Mapping[str, ColumnEffect]:
    paths = {path for _, columns in rules if columns is not None for path in columns}
    return {
        path: _together(slot for slot, columns in rules if columns is None or path in columns)
        for path in sorted(paths)
    }


def _together(slots: Iterable[Slot]) -> ColumnEffect:
    held = [slot for slot in slots if slot.denies or slot.rule.effect is not Effect.ROW_FILTER]
    masks = [slot.rule.mask for slot in held if not slot.denies and slot.rule.mask is not None]
    groups = [slot.rule.group_of or 0 for slot in held if not slot.denies]
    return ColumnEffect(
        denied=any(slot.denies for slot in held),
        mask=strictest(masks),
        min_group=max(groups, default=0),
        rules=tuple(slot.rule.key for slot in held),
    )

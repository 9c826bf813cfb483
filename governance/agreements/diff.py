"""What differs between two documents: field by field, item by item, word by word.

A list whose type declares what tells its items apart (`keyed_by`) is compared by that key, so that
a state that moved is the same state; any other list by position. The differences are complete:
applied to the old document they give the new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from catalog.word_changes import WordChange, word_changes
from governance.agreements.canonical import canonical
from governance.agreements.declared import Declaration, TextKind, declarations
from governance.agreements.kind import Document
from governance.states.predicates.comparing import PredicateDiff, predicate_diff

MOST_MEETINGS = 5_000_000
"""Equal items of two lists times how often they are looked at: some tenths of a second."""


class DifferenceKind(StrEnum):
    """What happened at a place; `moved` says that the items of a list stand in another order."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Item:
    """A step of a path into a list: by the item's key where the list has one, else by position.

    `fields` names the fields that hold the key, in the same order.
    """

    fields: tuple[str, ...] = ()
    key: tuple[str | int, ...] = ()
    position: int = 0

    def __str__(self) -> str:
        return f"[{' → '.join(map(str, self.key)) if self.fields else self.position}]"

    def index(self, items: Sequence[Any]) -> int:
        """Where the item stands in a list; raises LookupError when it is not there."""
        if not self.fields:
            items[self.position]
            return self.position
        for index, item in enumerate(items):
            if _key(item, self.fields) == self.key:
                return index
        raise LookupError(f"There is no item {self}.")


Step = str | Item


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `words` is given for prose and SQL, `predicate` for SQL.

    Of an item that was added `position` is where it stands now. A move states in `order` how the
    items that both documents have follow each other now. `fields` tells of a whole object that
    came or went what it says, with the labels of the form; what it leaves open is not among it.
    """

    kind: DifferenceKind
    steps: tuple[Step, ...]
    before: Any = None
    after: Any = None
    title: str = ""
    words: tuple[WordChange, ...] = ()
    predicate: PredicateDiff | None = None
    position: int = 0
    order: tuple[Item, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()

    @property
    def path(self) -> str:
        """Where, for a person: `states[active].entry`."""
        return path_text(self.steps)

    @property
    def says_nothing(self) -> bool:
        """Whether what came or went was left open: a person need not read of it."""
        whole = self.before if self.kind is DifferenceKind.REMOVED else self.after
        came_or_went = self.kind in (DifferenceKind.ADDED, DifferenceKind.REMOVED)
        return came_or_went and (whole is None or whole in ("", [], {}))

    @property
    def pattern(self) -> str:
        """Where, whatever the item: `states[].entry`."""
        return pattern_of(self.steps)

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        shown: dict[str, Any] = {
            "kind": self.kind.value,
            "path": self.path,
            "title": self.title,
            "before": self.before,
            "after": self.after,
        }
        if self.words:
            shown["words"] = [[change.before, change.after] for change in self.words]
        if self.predicate is not None:
            shown["predicate"] = self.predicate.document()
        return shown


def path_text(steps: Sequence[Step]) -> str:
    """`states[active].examples[0].score`."""
    text = ""
    for step in steps:
        text += str(step) if isinstance(step, Item) else f".{step}" if text else step
    return text


def pattern_of(steps: Sequence[Step]) -> str:
    """`states[].examples[].score`."""
    text = ""
    for step in steps:
        text += "[]" if isinstance(step, Item) else f".{step}" if text else step
    return text


def difference(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    document_type: type[Document] | None = None,
    *,
    dialect: str | None = None,
) -> tuple[Difference, ...]:
    """Everything that differs, in an order in which it can be applied.

    `document_type` tells prose, SQL and keys of lists; without it everything is compared as plain
    values. `dialect` is the one its SQL is written in (a name that sqlglot knows).
    """
    declared = declarations(document_type) if document_type is not None else {}
    return tuple(_Comparison(declared, dialect).mappings(before, after, ()))


def only_prose(differences: Sequence[Difference], prose: frozenset[str]) -> bool:
    """Whether nothing differs beyond the fields that carry no rule (class E, 3.3)."""
    return all(
        any(
            one.pattern == field or one.pattern.startswith((f"{field}[", f"{field}."))
            for field in prose
        )
        for one in differences
    )


def apply(differences: Sequence[Difference], document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the differences applied; raises LookupError where one does not fit."""
    result: dict[str, Any] = deepcopy(dict(document))
    for one in differences:
        if one.kind is DifferenceKind.MOVED:
            _reorder(_at(result, one.steps), one.order)
        else:
            _apply_at(_at(result, one.steps[:-1]), one)
    return result


def _at(value: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        value = value[step.index(value) if isinstance(step, Item) else step]
    return value


def _apply_at(holder: Any, one: Difference) -> None:
    last = one.steps[-1]
    if one.kind is DifferenceKind.ADDED and isinstance(last, Item):
        holder.insert(one.position, deepcopy(one.after))
        return
    place = last.index(holder) if isinstance(last, Item) else last
    if one.kind is DifferenceKind.REMOVED:
        del holder[place]
    else:
        holder[place] = deepcopy(one.after)


def _reorder(items: list[Any], order: Sequence[Item]) -> None:
    items[:] = [items[item.index(items)] for item in order]


class _Comparison:
    """Walks two documents side by side."""

    def __init__(self, declared: Mapping[str, Declaration], dialect: str | None) -> None:
        self._declared = declared
        self._dialect = dialect

    def values(self, before: Any, after: Any, steps: tuple[Step, ...]) -> Iterator[Difference]:
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.mappings(before, after, steps)
        elif _is_list(before) and _is_list(after):
            yield from self._lists(before, after, steps)
        elif not _same(before, after):
            yield self._changed(before, after, steps)

    def mappings(
        self, before: Mapping[str, Any], after: Mapping[str, Any], steps: tuple[Step, ...]
    ) -> Iterator[Difference]:
        for name, value in before.items():
            if name not in after:
                yield self._difference(DifferenceKind.REMOVED, (*steps, name), before=value)
        for name, value in after.items():
            if name not in before:
                yield self._difference(DifferenceKind.ADDED, (*steps, name), after=value)
            else:
                yield from self.values(before[name], value, (*steps, name))

    def _lists(
        self, before: Sequence[Any], after: Sequence[Any], steps: tuple[Step, ...]
    ) -> Iterator[Difference]:
        declared = self._declared.get(pattern_of(steps))
        fields = declared.keyed_by if declared is not None else ()
        old, new = _keys(before, fields), _keys(after, fields)
        if old is None or new is None:
            yield from self._by_position(before, after, steps)
        else:
            yield from self._by_key(
                dict(zip(old, before, strict=True)), dict(zip(new, after, strict=True)), steps
            )

    def _by_key(
        self, before: Mapping[Item, Any], after: Mapping[Item, Any], steps: tuple[Step, ...]
    ) -> Iterator[Difference]:
        for item, value in before.items():
            if item not in after:
                yield self._difference(DifferenceKind.REMOVED, (*steps, item), before=value)
        was = [item for item in before if item in after]
        order = [item for item in after if item in before]
        if was != order:
            yield self._difference(
                DifferenceKind.MOVED,
                steps,
                before=[_written(item) for item in was],
                after=[_written(item) for item in order],
                order=tuple(order),
            )
        for position, (item, value) in enumerate(after.items()):
            if item not in before:
                yield self._difference(
                    DifferenceKind.ADDED, (*steps, item), after=value, position=position
                )
        for item in order:
            yield from self.values(before[item], after[item], (*steps, item))

    def _by_position(
        self, before: Sequence[Any], after: Sequence[Any], steps: tuple[Step, ...]
    ) -> Iterator[Difference]:
        removed, added, paired = _aligned(before, after)
        for index in reversed(removed):
            place = (*steps, Item(position=index))
            yield self._difference(DifferenceKind.REMOVED, place, before=before[index])
        for index in added:
            place = (*steps, Item(position=index))
            yield self._difference(DifferenceKind.ADDED, place, after=after[index], position=index)
        for old, new in paired:
            yield from self.values(before[old], after[new], (*steps, Item(position=new)))

    def _changed(self, before: Any, after: Any, steps: tuple[Step, ...]) -> Difference:
        declared = self._declared.get(pattern_of(steps))
        text = declared.text if declared is not None else TextKind.PLAIN
        both_texts = isinstance(before, str) and isinstance(after, str)
        words = word_changes(before, after) if both_texts and text is not TextKind.PLAIN else ()
        predicate = (
            predicate_diff(before, after, self._dialect)
            if both_texts and text is TextKind.SQL
            else None
        )
        return self._difference(
            DifferenceKind.CHANGED,
            steps,
            before=before,
            after=after,
            words=words,
            predicate=predicate,
        )

    def _difference(self, kind: DifferenceKind, steps: tuple[Step, ...], **more: Any) -> Difference:
        whole = more.get("before" if kind is DifferenceKind.REMOVED else "after")
        if kind in (DifferenceKind.ADDED, DifferenceKind.REMOVED) and isinstance(whole, Mapping):
            more["fields"] = tuple(self._fields(whole, pattern_of(steps), ""))
        return Difference(kind, steps, title=self._title(steps), **more)

    def _fields(
        self, whole: Mapping[str, Any], pattern: str, above: str
    ) -> Iterator[tuple[str, Any]]:
        for name, value in whole.items():
            place = f"{pattern}.{name}"
            declared = self._declared.get(place)
            title = declared.title if declared is not None else name.replace("_", " ")
            label = f"{above}, {title[:1].lower()}{title[1:]}" if above else title
            if isinstance(value, Mapping):
                yield from self._fields(value, place, label)
            elif value is not None and value not in ("", []):
                yield label, value

    def _title(self, steps: tuple[Step, ...]) -> str:
        """The labels on the way, with the items named: `States, active, Entry`."""
        parts = []
        for length, step in enumerate(steps, start=1):
            if isinstance(step, Item):
                parts.append(_written(step))
            else:
                declared = self._declared.get(pattern_of(steps[:length]))
                parts.append(declared.title if declared is not None else step)
        return ", ".join(parts)


def _written(item: Item) -> str:
    return str(item)[1:-1] if item.fields else str(item.position + 1)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _same(before: Any, after: Any) -> bool:
    """Python takes True for 1; a document does not."""
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _key(item: Any, fields: Sequence[str]) -> tuple[str | int, ...] | None:
    if not isinstance(item, Mapping):
        return None
    values = tuple(item.get(field) for field in fields)
    if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values):
        return None
    return values  # type: ignore[return-value]  # checked one by one above


def _keys(items: Sequence[Any], fields: tuple[str, ...]) -> list[Item] | None:
    """The items' keys; None where they have none or it tells them not apart."""
    keys = [_key(item, fields) for item in items] if fields else [None]
    found = [Item(fields, key) for key in keys if key is not None]
    return found if fields and len(set(found)) == len(items) else None


def _aligned(
    before: Sequence[Any], after: Sequence[Any]
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """(removed of before, added of after, pairs to be compared), as positions in order."""
    old, new = [canonical(item) for item in before], [canonical(item) for item in after]
    removed: list[int] = []
    added: list[int] = []
    paired: list[tuple[int, int]] = []
    for a, b, c, d in _apart(old, new):
        common = min(b - a, d - c)
        paired += zip(range(a, a + common), range(c, c + common), strict=True)
        removed += range(a + common, b)
        added += range(c + common, d)
    return removed, added, paired


def _apart(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The stretches (from and to in `old`, from and to in `new`) where two lists differ.

    Matching takes up to the cube of what repeats itself; where that is too much, what stands
    between the equal beginning and the equal end is taken as one stretch.
    """
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = range(1, shorter - start + 1)
    end = next((i for i in rest if old[-i] != new[-i]), shorter - start + 1) - 1
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    counts = Counter(inner_new)
    meetings = sum(counts[item] for item in inner_old)
    if meetings * min(len(inner_old), len(inner_new)) > MOST_MEETINGS:
        return [(start, len(old) - end, start, len(new) - end)]
    matcher = SequenceMatcher(None, inner_old, inner_new, autojunk=False)
    return [
        (start + a, start + b, start + c, start + d)
        for operation, a, b, c, d in matcher.get_opcodes()
        if operation != "equal"
    ]

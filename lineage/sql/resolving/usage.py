"""How a column is used: the steps an expression takes from a column it reads to its value."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

from lineage.types import EdgeKind, EdgeSubtype, Preparation


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """One way to take part. Instances are unique per value, so identity is equality."""

    kind: EdgeKind
    subtype: EdgeSubtype
    masking: bool = False
    preparations: tuple[Preparation, ...] = ()
    keeps_path: bool = False
    """Whether the value still has the column's fields: the column itself, an item of its array,
    one of several values of it. A field of such a value is a field of the column."""
    decided: EdgeSubtype | None = None
    """How the value as a whole decides about its fields: which items are left, or their order."""

    @property
    def direct(self) -> bool:
        return self.kind is EdgeKind.DIRECT


IDENTITY = Usage(EdgeKind.DIRECT, EdgeSubtype.IDENTITY, keeps_path=True)
TRANSFORMATION = Usage(EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION)
ITEM = Usage(EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION, keeps_path=True)
"""How a value is used that is taken out of an array, or is one of several."""
NORMALIZATION = Usage(
    EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION, preparations=(Preparation.NORMALIZE,)
)
COMPARED_ITEM = replace(ITEM, decided=EdgeSubtype.CONDITIONAL)
SORTED_ITEM = replace(ITEM, decided=EdgeSubtype.SORT)
"""How items are used that a function compares as a whole, to leave some or to sort them."""
AGGREGATION = Usage(EdgeKind.DIRECT, EdgeSubtype.AGGREGATION)
COLLECTED = Usage(EdgeKind.DIRECT, EdgeSubtype.AGGREGATION, keeps_path=True)
"""How values are used that an aggregate puts into an array, or picks one of."""
COLLECTED_SET = replace(COLLECTED, decided=EdgeSubtype.CONDITIONAL)
COLLECTED_DISTINCT = replace(COLLECTED_SET, preparations=(Preparation.DEDUPLICATE,))
EXTREME = replace(COLLECTED, decided=EdgeSubtype.SORT)
"""How values are used of which an aggregate takes the distinct ones, or the greatest."""
DEDUPLICATION = Usage(
    EdgeKind.DIRECT, EdgeSubtype.AGGREGATION, preparations=(Preparation.DEDUPLICATE,)
)
MASKED_TRANSFORMATION = Usage(
    EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION, True, (Preparation.ANONYMIZE,)
)
MASKED_AGGREGATION = Usage(EdgeKind.DIRECT, EdgeSubtype.AGGREGATION, masking=True)
JOIN = Usage(EdgeKind.INDIRECT, EdgeSubtype.JOIN)
GROUP_BY = Usage(EdgeKind.INDIRECT, EdgeSubtype.GROUP_BY)
DISTINCT = Usage(EdgeKind.INDIRECT, EdgeSubtype.GROUP_BY, preparations=(Preparation.DEDUPLICATE,))
FILTER = Usage(EdgeKind.INDIRECT, EdgeSubtype.FILTER)
FIRST_OF_GROUP = Usage(
    EdgeKind.INDIRECT, EdgeSubtype.FILTER, preparations=(Preparation.DEDUPLICATE,)
)
SORT = Usage(EdgeKind.INDIRECT, EdgeSubtype.SORT)
WINDOW = Usage(EdgeKind.INDIRECT, EdgeSubtype.WINDOW)
RANKING = Usage(EdgeKind.INDIRECT, EdgeSubtype.WINDOW, preparations=(Preparation.DEDUPLICATE,))
"""How ROW_NUMBER uses what it partitions and sorts by: filtered, it leaves one of each."""
CONDITIONAL = Usage(EdgeKind.INDIRECT, EdgeSubtype.CONDITIONAL)

_RANKS = {EdgeSubtype.IDENTITY: 0, EdgeSubtype.TRANSFORMATION: 1, EdgeSubtype.AGGREGATION: 2}


def _key(usage: Usage) -> tuple[object, ...]:
    return astuple(usage)


_unique: dict[tuple[object, ...], Usage] = {
    _key(usage): usage for usage in list(globals().values()) if isinstance(usage, Usage)
}
_deciding = {usage.subtype: usage for usage in (CONDITIONAL, SORT)}
_combined: dict[tuple[Usage, Usage], Usage] = {}


def combine(outer: Usage, inner: Usage) -> Usage:
    """The usage of a column that ``inner`` reads and ``outer`` uses the result of.

    Direct steps keep the strongest (an aggregate of a transformation is an aggregation), any
    masking and every preparation, and the fields while both keep them; one indirect step makes the
    whole way indirect, and the outermost one names it.
    """
    known = _combined.get((outer, inner))
    if known is None:
        known = _combined[outer, inner] = _combine(outer, inner)
    return known


def _combine(outer: Usage, inner: Usage) -> Usage:
    if not outer.direct:
        filtered = outer.subtype is EdgeSubtype.FILTER and inner is RANKING
        return FIRST_OF_GROUP if filtered else outer
    if not inner.direct:
        return inner
    subtype = max(outer.subtype, inner.subtype, key=_RANKS.__getitem__)
    told = {*outer.preparations, *inner.preparations}
    preparations = tuple(preparation for preparation in Preparation if preparation in told)
    keeps_path = outer.keeps_path and inner.keeps_path
    masking = outer.masking or inner.masking
    decided = (outer.decided or inner.decided) if keeps_path else None
    usage = Usage(EdgeKind.DIRECT, subtype, masking, preparations, keeps_path, decided)
    return _unique.setdefault(_key(usage), usage)


def of_field(usage: Usage) -> tuple[Usage, Usage | None]:
    """How a field of a value is used where the value is used so, and how the whole decides."""
    if usage.decided is None:
        return usage, None
    plain = replace(usage, decided=None)
    return _unique.setdefault(_key(plain), plain), _deciding[usage.decided]

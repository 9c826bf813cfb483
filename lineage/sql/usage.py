"""How a column is used: the steps an expression takes from a column it reads to its value."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.types import EdgeKind, EdgeSubtype


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """One way to take part. Instances are unique per value, so identity is equality."""

    kind: EdgeKind
    subtype: EdgeSubtype
    masking: bool = False

    @property
    def direct(self) -> bool:
        return self.kind is EdgeKind.DIRECT


IDENTITY = Usage(EdgeKind.DIRECT, EdgeSubtype.IDENTITY)
TRANSFORMATION = Usage(EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION)
AGGREGATION = Usage(EdgeKind.DIRECT, EdgeSubtype.AGGREGATION)
MASKED_TRANSFORMATION = Usage(EdgeKind.DIRECT, EdgeSubtype.TRANSFORMATION, masking=True)
MASKED_AGGREGATION = Usage(EdgeKind.DIRECT, EdgeSubtype.AGGREGATION, masking=True)
JOIN = Usage(EdgeKind.INDIRECT, EdgeSubtype.JOIN)
GROUP_BY = Usage(EdgeKind.INDIRECT, EdgeSubtype.GROUP_BY)
FILTER = Usage(EdgeKind.INDIRECT, EdgeSubtype.FILTER)
SORT = Usage(EdgeKind.INDIRECT, EdgeSubtype.SORT)
WINDOW = Usage(EdgeKind.INDIRECT, EdgeSubtype.WINDOW)
CONDITIONAL = Usage(EdgeKind.INDIRECT, EdgeSubtype.CONDITIONAL)

_DIRECT = (IDENTITY, TRANSFORMATION, AGGREGATION, MASKED_TRANSFORMATION, MASKED_AGGREGATION)
_INDIRECT = (JOIN, GROUP_BY, FILTER, SORT, WINDOW, CONDITIONAL)


def _rank(usage: Usage) -> int:
    order = (EdgeSubtype.IDENTITY, EdgeSubtype.TRANSFORMATION, EdgeSubtype.AGGREGATION)
    return order.index(usage.subtype)


def _combine(outer: Usage, inner: Usage) -> Usage:
    if not outer.direct:
        return outer
    if not inner.direct:
        return inner
    masking = outer.masking or inner.masking
    strongest = max(outer, inner, key=_rank).subtype
    return next(u for u in _DIRECT if u.subtype is strongest and u.masking is masking)


_COMBINED = {
    (outer, inner): _combine(outer, inner)
    for outer in _DIRECT + _INDIRECT
    for inner in _DIRECT + _INDIRECT
}


def combine(outer: Usage, inner: Usage) -> Usage:
    """The usage of a column that ``inner`` reads and ``outer`` uses the result of.

    Direct steps keep the strongest (an aggregate of a transformation is an aggregation) and any
    masking; one indirect step makes the whole path indirect, and the outermost one names it.
    """
    return _COMBINED[outer, inner]

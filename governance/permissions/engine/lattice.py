"""Which mask holds where several do: the least one that shows no more than each of them.

    empty                nothing at all, not even whether there is a value
      all                that there is a value
        sha256           which values are equal
        year             the year of a date
        first3           the first three characters
        last3            the last three characters
          last4          the last four characters, hence also the last three

Two masks on different branches show different things, so only what lies above both is as strict as
each: the first and the last three characters together are `all`. A join is commutative,
associative and idempotent; the order in which opt-outs are found never matters.
"""

from __future__ import annotations

from collections.abc import Iterable

from governance.permissions.types import Mask

_ABOVE: dict[Mask, tuple[Mask, ...]] = {
    Mask.EMPTY: (Mask.EMPTY,),
    Mask.ALL: (Mask.ALL, Mask.EMPTY),
    Mask.SHA256: (Mask.SHA256, Mask.ALL, Mask.EMPTY),
    Mask.YEAR: (Mask.YEAR, Mask.ALL, Mask.EMPTY),
    Mask.FIRST3: (Mask.FIRST3, Mask.ALL, Mask.EMPTY),
    Mask.LAST3: (Mask.LAST3, Mask.ALL, Mask.EMPTY),
    Mask.LAST4: (Mask.LAST4, Mask.LAST3, Mask.ALL, Mask.EMPTY),
}
"""Each mask with all that are as strict or stricter, the nearest first."""


def stricter(one: Mask, other: Mask) -> Mask:
    """The least strict mask that shows no more than either."""
    above = _ABOVE[other]
    return next(mask for mask in _ABOVE[one] if mask in above)


def is_as_strict(one: Mask, other: Mask) -> bool:
    """Whether `one` shows no more than `other`."""
    return one in _ABOVE[other]


def strictest(masks: Iterable[Mask]) -> Mask | None:
    """All masks joined; None where there is none."""
    found: Mask | None = None
    for mask in masks:
        found = mask if found is None else stricter(found, mask)
    return found

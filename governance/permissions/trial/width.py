"""Whether one opt-out says at least what another says, people and data aside."""

from __future__ import annotations

from governance.permissions.engine import Rule, When
from governance.permissions.engine.lattice import is_as_strict
from governance.permissions.types import DataAction, Effect, Purpose


def is_as_far(wide: Rule, narrow: Rule, at: float) -> bool:
    """Whether `wide` holds for every use for which `narrow` holds from an instant on, and hides
    names where it does."""
    return (
        narrow.actions <= _acts(wide)
        and (Purpose.ANY in wide.purposes or narrow.purposes <= wide.purposes)
        and (wide.confidential or not narrow.confidential)
        and _is_as_long(wide.when, narrow.when, at)
    )


def is_as_strict_a_measure(wide: Rule, narrow: Rule) -> bool:
    """Whether `wide`, which denies nothing, leaves no more than `narrow` leaves."""
    if wide.effect is not narrow.effect:
        return False
    if wide.mask is not None and narrow.mask is not None:
        return is_as_strict(wide.mask, narrow.mask)
    if wide.effect is Effect.MIN_GROUP:
        return (wide.group_of or 0) >= (narrow.group_of or 0)
    return wide.filter is not None and wide.filter == narrow.filter


def _acts(rule: Rule) -> frozenset[DataAction]:
    """Exporting reads."""
    reads = DataAction.READ in rule.actions
    return rule.actions | {DataAction.EXPORT} if reads else rule.actions


def _is_as_long(wide: When, narrow: When, at: float) -> bool:
    if wide.begins > max(narrow.begins, at):
        return False
    if wide.ends is not None and (narrow.ends is None or narrow.ends > wide.ends):
        return False
    if wide.windows and wide.windows != narrow.windows:
        return False
    if wide.environments and not (narrow.environments and narrow.environments <= wide.environments):
        return False
    if wide.versions and wide.versions != narrow.versions:
        return False
    return not wide.has_age or (wide.older_than_days, wide.younger_than_days) == (
        narrow.older_than_days,
        narrow.younger_than_days,
    )

"""Opt-outs in force that make another one meaningless (3.5, policy shadow).

Only what follows from the documents themselves is told: the same people or more, the same data or
more, an effect as strong or stronger, for as long. What needs the sets of people is the test
bench's to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.permission_policy.document import (
    Effect,
    Exempt,
    Mask,
    OptOut,
    Purpose,
    ReasonVisibility,
    Subjects,
)
from governance.agreements.kinds.permission_policy.resources import Covered, covered
from governance.agreements.kinds.permission_policy.sentences import opt_out_title
from governance.agreements.selectors.in_force import in_force
from governance.types import ConflictKind, ConflictSpec, Party

KIND = "permission_policy"


def shadowing(document: OptOut, found: Covered, context: CheckContext) -> Iterator[tuple[str, str]]:
    """(key, title) of each opt-out in force that already says all that this one says."""
    for key, other in _held(context):
        if covers(other, document) and _within(found, covered(other, context.acting)):
            yield key, opt_out_title(other)


def shadows(document: OptOut, context: CheckContext) -> Iterator[ConflictSpec]:
    """Shadowed and shadowing pairs as conflicts, the meaningless one first."""
    mine = covered(document, context.acting)
    for key, other in _held(context):
        theirs = covered(other, context.acting)
        if covers(other, document) and _within(mine, theirs):
            yield _conflict((context.key, document), (key, other))
        elif covers(document, other) and _within(theirs, mine):
            yield _conflict((key, other), (context.key, document))


def covers(wide: OptOut, narrow: OptOut) -> bool:
    """Whether `wide` says, by its document, at least what `narrow` says, data apart."""
    return (
        _as_strong(wide, narrow)
        and _subjects(wide.subjects, narrow.subjects)
        and set(narrow.actions) <= set(wide.actions)
        and (Purpose.ANY in wide.purposes or set(narrow.purposes) <= set(wide.purposes))
        and _as_long(wide, narrow)
        and (not wide.condition or wide.condition == narrow.condition)
        and (wide.confidential_metadata or not narrow.confidential_metadata)
    )


def _as_strong(wide: OptOut, narrow: OptOut) -> bool:
    if wide.effect is Effect.DENY:
        return True
    if wide.effect is not narrow.effect:
        return False
    if wide.effect is Effect.MASK:
        return wide.mask is narrow.mask or wide.mask in (Mask.ALL, Mask.EMPTY)
    if wide.effect is Effect.MIN_GROUP:
        return (wide.group_of or 0) >= (narrow.group_of or 0)
    return wide.expr == narrow.expr


def _subjects(wide: Subjects, narrow: Subjects) -> bool:
    if wide.where and wide.where != narrow.where:
        return False
    named = set(narrow.groups) <= set(wide.groups) and set(narrow.people) <= set(wide.people)
    only_condition = not (wide.everybody or wide.groups or wide.people)
    everybody_meant = wide.everybody or (only_condition and bool(wide.where))
    if not everybody_meant and (narrow.everybody or not named or not _names(narrow)):
        return False
    return _exempt(wide.exempt, narrow.exempt)


def _names(subjects: Subjects) -> bool:
    return bool(subjects.groups or subjects.people)


def _exempt(wide: Exempt, narrow: Exempt) -> bool:
    """Whoever the wide one lets through, the narrow one lets through as well."""
    return (
        set(wide.groups) <= set(narrow.groups)
        and set(wide.people) <= set(narrow.people)
        and (not wide.where or wide.where == narrow.where)
    )


def _as_long(wide: OptOut, narrow: OptOut) -> bool:
    if wide.when.windows and wide.when.windows != narrow.when.windows:
        return False
    if wide.when.environments and not (
        narrow.when.environments and set(narrow.when.environments) <= set(wide.when.environments)
    ):
        return False
    for name in ("versions", "older_than_days", "younger_than_days"):
        narrowed = getattr(wide.when, name)
        if narrowed not in (None, []) and narrowed != getattr(narrow.when, name):
            return False
    if wide.when.begins > narrow.when.begins:
        return False
    if wide.when.ends is None:
        return True
    return narrow.when.ends is not None and narrow.when.ends <= wide.when.ends


def _within(narrow: Covered, wide: Covered) -> bool:
    """Whether all places lie within the others; a whole dataset holds each of its columns."""
    return bool(narrow.places) and all(
        place in wide.places or (place[0], "") in wide.places for place in narrow.places
    )


def _held(context: CheckContext) -> Iterator[tuple[str, OptOut]]:
    for held in in_force(KIND):
        if held.key == context.key:
            continue
        try:
            yield held.key, OptOut.model_validate(held.document)
        except ValidationError:
            continue  # adopted under an older form of the document; its page says so


def _conflict(shadowed: tuple[str, OptOut], wider: tuple[str, OptOut]) -> ConflictSpec:
    parties = tuple(
        Party(KIND, key, opt_out_title(one), _reason(one), one.owner)
        for key, one in (shadowed, wider)
    )
    return ConflictSpec(
        ConflictKind.POLICY_SHADOW,
        parties,
        f"{shadowed[1].opt_out} changes nothing: {wider[1].opt_out} says as much to the same people"
        " about the same data.",
    )


def _reason(document: OptOut) -> str:
    """What every reader of the register may know of it."""
    is_public = document.reason_visibility is ReasonVisibility.PUBLIC
    return document.reason if is_public else ""

"""An opt-out as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from catalog.dates import exact_day
from governance.agreements.kinds.permission_policy.document import (
    DataAction,
    Effect,
    Mask,
    OptOut,
    Purpose,
    ReasonVisibility,
    Subjects,
    Window,
)
from governance.permissions.wording import condition_in_words, rows_in_words

_MASKS = {
    Mask.EMPTY: "as nothing",
    Mask.ALL: "fully masked",
    Mask.SHA256: "as a hash",
    Mask.YEAR: "as the year",
    Mask.FIRST3: "as the first three characters",
    Mask.LAST3: "as the last three characters",
    Mask.LAST4: "as the last four characters",
}
_DONE = {
    DataAction.READ: "read",
    DataAction.EXPORT: "exported",
    DataAction.WRITE: "written",
}


def opt_out_title(document: OptOut) -> str:
    """Its number with its name, or with what it is about."""
    return f"{document.opt_out}: {document.title or what(document)}"


def opt_out_sentence(document: OptOut) -> str:
    """Who may not do what with which data, until when, and why where everybody may know."""
    reason = (
        f" {document.reason}"
        if document.reason_visibility is ReasonVisibility.PUBLIC
        else " The reason is withheld; ask Legal."
    )
    ends = document.when.ends
    until = f" until {exact_day(ends)}" if ends is not None else ""
    since = f" from {exact_day(document.when.begins)}"
    hidden = " They do not see that it exists." if document.confidential_metadata else ""
    said = f"{whom(document.subjects)} {_may(document)}{_for(document)}{since}{until}."
    return said + hidden + reason


def whom(subjects: Subjects) -> str:
    """Whom it concerns, as the beginning of a sentence."""
    if subjects.everybody:
        text = "Everybody"
    elif subjects.groups or subjects.people:
        text = _and([*subjects.groups, *subjects.people])
    else:
        text = "Everybody"
    text += _whose(subjects.where)
    exempt = subjects.exempt
    spared = [*exempt.groups, *exempt.people]
    spared += [f"those{_whose(exempt.where)}"] if exempt.where else []
    return f"{text} except {_and(spared)}" if spared else text


def what(document: OptOut) -> str:
    """What it is about."""
    resources = document.resources
    named = _and(resources.datasets) if resources.datasets else ""
    if resources.tag:
        text = f"whatever is labeled {resources.tag}"
        text += f" in {named}" if named else ""
    elif resources.kinds and not named:
        text = "every " + _or(resources.kinds)
    else:
        text = named or "all data"
    if resources.columns:
        text = f"{_and(resources.columns)} of {text}"
    text += f" of the domain {_or(resources.domains)}" if resources.domains else ""
    text += f" in {_or(resources.systems)}" if resources.systems else ""
    text += f" residing in {_or(resources.regions)}" if resources.regions else ""
    if resources.kinds and named:
        text += f" that is a {_or(resources.kinds)}"
    return text + _whose(resources.where)


def limits(document: OptOut) -> str:
    """What it leaves open, said behind its effect: " when exported for ml training"; empty where
    it holds for reading, for every purpose and at all times."""
    done = [_DONE[action] for action in document.actions]
    reads = DataAction.READ in document.actions
    return ("" if reads else f" when {_or(done)}") + _for(document)


def _whose(condition: str) -> str:
    """A condition over people or datasets, in words where they can say it."""
    if not condition:
        return ""
    words = condition_in_words(condition)
    return f" with {condition}" if words is None else f" whose {words.replace('_', ' ')}"


def _may(document: OptOut) -> str:
    verbs = _or(document.actions)
    if document.effect is Effect.DENY:
        return f"may not {verbs} {what(document)}"
    if document.effect is Effect.MASK:
        assert document.mask is not None
        return f"may {verbs} {what(document)} only {_MASKS[document.mask]}"
    if document.effect is Effect.MIN_GROUP:
        return f"may {verbs} {what(document)} only for groups of {document.group_of} or more"
    return f"may {verbs} of {what(document)} {rows_in_words(document.expr)}"


def _for(document: OptOut) -> str:
    said = ""
    if Purpose.ANY not in document.purposes:
        said += f" for {_or(document.purposes)}"
    if document.when.environments:
        said += f" in {_or(document.when.environments)}"
    when = document.when
    if when.windows:
        said += f" {_or([_around(window) for window in when.windows])} the end of a quarter"
    if when.versions:
        said += f" in version {_or(when.versions)}"
    if when.older_than_days is not None:
        said += f" once the data is {when.older_than_days:,} days old"
    if when.younger_than_days is not None:
        said += f" while the data is at most {when.younger_than_days:,} days old"
    if document.condition:
        said += f" where {condition_in_words(document.condition) or document.condition}"
    return said


def _around(window: Window) -> str:
    before, after = window.days_before_quarter_end, window.days_after_quarter_end
    parts = [f"{before} days before"] if before else []
    parts += [f"{after} days after"] if after else []
    return f"from {' to '.join(parts)}" if len(parts) > 1 else f"within {parts[0]}"


def _words(names: Sequence[str | StrEnum]) -> list[str]:
    return [str(name).replace("_", " ") if isinstance(name, StrEnum) else name for name in names]


def _and(names: Sequence[str | StrEnum]) -> str:
    words = _words(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _or(names: Sequence[str | StrEnum]) -> str:
    words = _words(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

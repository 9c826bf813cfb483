"""A folder beside what is in force: what is new, what differs, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from governance.agreements.code.folder import AgreementFile, Folder
from governance.agreements.diff import Difference, difference
from governance.agreements.kind import AgreementKind
from governance.agreements.kinds import kinds
from governance.agreements.selectors.in_force import in_force
from governance.types import ChangeOp, ChangeSpec

Held = Mapping[str, tuple[AgreementKind, Mapping[str, Any]]]


class Standing(StrEnum):
    """How a file stands to what is in force."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Compared:
    """One agreement in the folder, in force, or both."""

    key: str
    standing: Standing
    file: AgreementFile | None = None
    differences: tuple[Difference, ...] = ()


def held_agreements(kind_names: Sequence[str] = ()) -> Held:
    """What is in force, by key; of all kinds unless some are named."""
    found: dict[str, tuple[AgreementKind, Mapping[str, Any]]] = {}
    for kind in kinds:
        if kind_names and kind.name not in kind_names:
            continue
        for held in in_force(kind.name):
            found[held.key] = (kind, held.document)
    return found


def compare(folder: Folder, held: Held, kind_names: Sequence[str] = ()) -> list[Compared]:
    """Every agreement of either side, by key, of the kinds named or of all."""
    files = {
        key: file
        for key, file in folder.by_key().items()
        if not kind_names or file.kind.name in kind_names
    }
    found = []
    for key in sorted(files.keys() | held.keys()):
        file = files.get(key)
        if file is None:
            found.append(Compared(key, Standing.MISSING))
        elif key not in held:
            found.append(Compared(key, Standing.NEW, file))
        else:
            differences = difference(as_read(*held[key]), file.content, file.kind.document_type)
            standing = Standing.CHANGED if differences else Standing.SAME
            found.append(Compared(key, standing, file, differences))
    return found


def as_read(kind: AgreementKind, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored document with what its type fills in today: only what people wrote counts."""
    try:
        return kind.document_type.model_validate(document).model_dump(mode="json")
    except ValueError:
        return document


def changes_of(compared: Iterable[Compared], *, retire_missing: bool) -> list[ChangeSpec]:
    """What a proposal would do so that the folder is what is in force."""
    changes = []
    for one in compared:
        kind = one.key.partition(":")[0]
        if one.file is not None and one.standing is Standing.NEW:
            changes.append(ChangeSpec(ChangeOp.CREATE, kind, one.key, one.file.content))
        elif one.file is not None and one.standing is Standing.CHANGED:
            changes.append(ChangeSpec(ChangeOp.REPLACE, kind, one.key, one.file.content))
        elif one.standing is Standing.MISSING and retire_missing:
            changes.append(ChangeSpec(ChangeOp.RETIRE, kind, one.key))
    return changes

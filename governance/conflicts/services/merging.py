"""Bringing the sides of a conflict together: the draft of a proposal that leaves one of them.

Nothing is decided by it. The draft is its author's to edit and to submit, and whoever must sign a
change of either side is asked as for any other proposal (3.4, 3.5; story C4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from catalog.access import Action, require
from catalog.errors import Conflict as StateConflict
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.joining import joined
from governance.agreements.kind import AgreementKind
from governance.agreements.kinds import kinds
from governance.conflicts.selectors.register import get_conflict
from governance.conflicts.selectors.sides import Side, mergeable, sides_of
from governance.models import Conflict, Proposal
from governance.proposals.services.drafting import create_draft
from governance.types import ChangeSpec, ConflictState, Evidence


def draft_merge(*, acting: Principal, conflict_id: int, keep: str) -> Proposal:
    """Draft the proposal that keeps the side with the key `keep` and takes the other one in.

    Raises Conflict when it is settled already, and InvalidInput when `keep` is neither side, when
    the sides are not two texts of one kind, or when together they do not fit into one.
    """
    require(acting, Action.PROPOSE)
    found = get_conflict(acting, conflict_id)
    if found.state != ConflictState.OPEN:
        raise StateConflict(f"This conflict is {found.state} already: open it again first.")
    sides = sides_of(acting, found)
    if keep not in {side.key for side in sides}:
        raise InvalidInput(
            f"Name the side that stays: {' or '.join(side.key for side in sides)}.", field="keep"
        )
    if not mergeable(sides):
        raise InvalidInput(
            "The sides are not two texts of one kind, so no text can take the place of both:"
            " propose a change of one of them.",
            field="keep",
        )
    kept, other = sorted(sides, key=lambda side: side.key != keep)
    return create_draft(
        acting=acting,
        title=f"One meaning: {kept.title}"[:300],
        ask=f"Agree that {kept.title} takes in {other.title}."[:300],
        rationale=_rationale(found, sides),
        evidence=[Evidence(title=found.title, url=f"/conflicts/{found.pk}/")],
        changes=_changes(kept, other),
    )


def _rationale(found: Conflict, sides: list[Side]) -> str:
    texts = (f"**{side.title}** ({side.key}): {side.text or 'no text'}" for side in sides)
    return "\n\n".join((found.witness, *texts))


def _changes(kept: Side, other: Side) -> list[ChangeSpec]:
    """The text that stays with what the other adds, and the other giving way where it holds."""
    stays, gives_way = kept.stated, other.stated
    assert stays is not None
    assert gives_way is not None  # both: they are mergeable
    kind = kinds.get(stays.kind)
    draft = joined(kind.document_type, stays.document, gives_way.document)
    text = kind.merged(
        draft, gives_way.document, key=stays.key or kept.key, other_key=gives_way.key or other.key
    )
    document = _valid(kind, text)
    changes = [ChangeSpec(stays.op, kind.name, stays.key, text)]
    if gives_way.key and gives_way.key != stays.key and other.subject == "agreement":
        to = stays.key or f"{kind.name}:{kind.slug(document)}"
        changes.append(kind.giving_way(gives_way.key, gives_way.document, to))
    return changes


def _valid(kind: AgreementKind, text: Mapping[str, Any]) -> Any:
    try:
        return kind.document_type.model_validate(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"The two do not fit into one text ({place}: {first['msg']}): change one of them"
            " first.",
            field="keep",
        ) from None

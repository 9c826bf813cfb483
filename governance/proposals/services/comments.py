"""Remarks in a proposal's thread."""

from __future__ import annotations

from catalog.errors import Conflict
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.proposals.models import Comment
from governance.proposals.rules.abilities import Act
from governance.proposals.services.steps import take_for, touch
from governance.proposals.services.texts import written


def comment(*, acting: Principal, key: str, text: str) -> Comment:
    """Say something of the current revision; any employee may, in every state."""
    words = written(text, field="text")
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.COMMENT, acting=acting, at=at)
        if proposal.current is None:
            raise Conflict("This proposal has no text yet.")
        said = Comment.objects.create(
            proposal=proposal,
            revision=proposal.current,
            author_id=person_id_of(acting),
            text=words,
            at=at,
        )
        touch(proposal, "comment", acting=acting, at=at, detail=words)
    return said

"""Glossaries from elsewhere: a SKOS file becomes one proposal, after a look at what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.skos.reading import SkosError, read_skos
from governance.agreements.kinds.term.skos.turtle import TurtleError
from governance.agreements.selectors.in_force import in_force
from governance.proposals.models import Proposal
from governance.proposals.services.drafting import create_draft
from governance.types import AgreementState, ChangeOp, ChangeSpec


@dataclass(frozen=True, slots=True)
class GlossaryChanges:
    """What a file would change: the changes of the proposal, how many of its terms hold already
    word for word, and what was left out, in sentences."""

    changes: tuple[ChangeSpec, ...]
    unchanged: int
    left_out: tuple[str, ...]


def read_glossary(
    *, acting: Principal, text: str, language: str = "en", owner: str = ""
) -> GlossaryChanges:
    """What a SKOS file (Turtle) would change; nothing is written.

    `owner` answers for terms that name neither owner nor domain. A term whose key holds is
    replaced, one that the file marks as deprecated is deprecated. Raises InvalidInput naming the
    line or the term.
    """
    require(acting, Action.PROPOSE)
    held = {one.key: one for one in in_force("term")}
    try:
        read = read_skos(text, language=language, known=held.keys(), owner=owner)
    except (TurtleError, SkosError) as error:
        raise InvalidInput(str(error), field="file") from error
    changes = []
    for key, document in read.terms.items():
        standing = held.get(key)
        if standing is None:
            changes.append(ChangeSpec(ChangeOp.CREATE, "term", key, _content(document)))
            continue
        before = TermDocument.model_validate(standing.document)
        # The key says it all: whether the short name was given or made of the word stays as it is.
        after = document.model_copy(update={"notation": before.notation})
        goes = key in read.deprecated
        if before != after or (goes and standing.state is not AgreementState.DEPRECATED):
            op = ChangeOp.DEPRECATE if goes else ChangeOp.REPLACE
            changes.append(ChangeSpec(op, "term", key, _content(after)))
    return GlossaryChanges(tuple(changes), len(read.terms) - len(changes), read.left_out)


def _content(document: TermDocument) -> dict[str, Any]:
    return document.model_dump(mode="json")


def import_glossary(
    *,
    acting: Principal,
    text: str,
    title: str = "Terms from a file",
    ask: str = "Take these terms into the glossary.",
    language: str = "en",
    owner: str = "",
) -> tuple[Proposal, GlossaryChanges]:
    """The same as a draft of one proposal, which its author then submits like any other.

    Raises InvalidInput as well when every term of the file holds already.
    """
    found = read_glossary(acting=acting, text=text, language=language, owner=owner)
    if not found.changes:
        raise InvalidInput("Every term of the file holds already.", field="file")
    proposal = create_draft(acting=acting, title=title, ask=ask, changes=found.changes)
    return proposal, found

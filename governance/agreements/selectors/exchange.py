"""The glossary as a file for other tools."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from catalog.access import Action, require
from catalog.types import Principal
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.skos.writing import WrittenTerm, to_json_ld, to_turtle
from governance.agreements.selectors.in_force import in_force
from governance.types import AgreementState

TITLE = "Glossary"


class SkosFormat(StrEnum):
    """In which form SKOS is written."""

    TURTLE = "turtle"
    JSON_LD = "json-ld"


@dataclass(frozen=True, slots=True)
class GlossaryFile:
    """A file to download."""

    name: str
    media_type: str
    text: str


def export_glossary(
    principal: Principal, form: SkosFormat, *, at: dt.datetime | None = None
) -> GlossaryFile:
    """The terms in force, or those that held at an instant; the same terms give the same bytes."""
    require(principal, Action.SEE)
    terms = [
        WrittenTerm(
            held.key,
            TermDocument.model_validate(held.document),
            held.state is AgreementState.DEPRECATED and at is None,
        )
        for held in in_force("term", at=at)
    ]
    base = f"{settings.BASE_URL.rstrip('/')}/glossary/"
    if form is SkosFormat.JSON_LD:
        text = to_json_ld(terms, base=base, title=TITLE)
        return GlossaryFile("glossary.jsonld", "application/ld+json", text)
    return GlossaryFile("glossary.ttl", "text/turtle", to_turtle(terms, base=base, title=TITLE))

"""The adopted words of the glossary as synonyms for search; a draft means nothing yet."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.search.synonyms import Names, SynonymSource, sources
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.selectors.in_force import as_of, in_force


def register_synonyms() -> None:
    """Let search know them; called once when the application starts."""
    sources.add("glossary", SynonymSource("term", lambda: as_of("term"), _names))


def _names() -> Iterable[Names]:
    for term in in_force("term"):
        document = TermDocument.model_validate(term.document)
        yield (document.label, *document.alt_labels, *document.acronyms, *document.hidden_labels)

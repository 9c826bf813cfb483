"""The glossary's concepts, read from the SKOS that this repository writes: one block a concept."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from config.demo.larkfield.text import FOLDER

_CONCEPT = re.compile(r"^:(?P<name>[a-z0-9-]+) a skos:Concept ;\n(?P<body>.+?) \.$", re.S | re.M)
_STATEMENT = re.compile(r'^    (?P<what>[a-z]+:[A-Za-z]+) (?:"(?P<text>[^"]*)"\S*|:(?P<term>\S+))')
ACRONYM = re.compile(r"[A-Z]{2,5}")
# One label with two senses that are both meant to stay, and how a reader tells them apart.
SENSES = {
    "account": ("account-ledger", "An organization in the CRM, or a line of the ledger."),
    "sql": ("sql-language", "A kind of lead, or the language of queries."),
}
_QUALIFIERS = {
    "account-ledger": "ledger",
    "sql-language": "language",
    "churn-product": "product",
}


@cache
def concepts() -> dict[str, dict[str, Any]]:
    """Each concept as the document of a term, by its short name."""
    text = (FOLDER / "glossary.ttl").read_text(encoding="utf-8")
    return {found["name"]: _document(found["name"], found["body"]) for found in _concepts(text)}


def _concepts(text: str) -> list[re.Match[str]]:
    return list(_CONCEPT.finditer(text))


def _document(name: str, body: str) -> dict[str, Any]:
    document: dict[str, Any] = {"notation": name}
    for line in body.splitlines():
        stated = _STATEMENT.match(line)
        if stated is None:
            raise ValueError(f"Not a statement on {name}: {line!r}")
        _take(document, stated["what"], stated["text"], stated["term"])
    if name in _QUALIFIERS:
        document["qualifier"] = _QUALIFIERS[name]
    for first, (second, note) in SENSES.items():
        if name in (first, second):
            other = second if name == first else first
            document["homonyms"] = [{"term": f"term:{other}", "note": note}]
    return document


def _take(document: dict[str, Any], what: str, text: str | None, term: str | None) -> None:
    match what:
        case "skos:prefLabel":
            document["label"] = text
        case "skos:altLabel":
            words = "acronyms" if ACRONYM.fullmatch(text or "") else "alt_labels"
            document.setdefault(words, []).append(text)
        case "skos:definition":
            document["definition"] = text
        case "dct:subject":
            document["domain"] = text
        case "skos:broader" | "skos:related":
            document.setdefault(what.removeprefix("skos:"), []).append(f"term:{term}")
        case "dct:isReplacedBy":
            document["replaced_by"] = f"term:{term}"

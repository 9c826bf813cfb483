"""What each proposal of the story changes: its text as changes of agreements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.demo.larkfield.connector import Company
from config.demo.larkfield.glossary import concepts
from config.demo.larkfield.text import read_document, read_text
from governance.types import ChangeOp, ChangeSpec, Evidence

NO_EVIDENCE = "It is a question of words and habits; no number decides it."
SPELLING = "A demand that was withdrawn (void) is no invoice."


def changes_of(entry: Mapping[str, Any]) -> list[ChangeSpec]:
    """The changes that a proposal of `proposals.yaml` makes."""
    op = ChangeOp(entry.get("op", "create"))
    if "document_glossary" in entry:
        return [_term(name, op) for name in _shared_words()]
    if "document_term" in entry:
        return [_term(entry["document_term"], op)]
    if "document_opt_outs" in entry:
        return [_change(entry, op, _opt_out(number)) for number in entry["document_opt_outs"]]
    if "document_brakes" in entry:
        return [_change(entry, op, dict(brake)) for brake in read_document("brakes.yaml")]
    return [_change(entry, op, _document(entry))]


def evidence_of(entry: Mapping[str, Any]) -> list[Evidence]:
    """What a proposal, or a block, rests on."""
    return [Evidence(**each) for each in entry.get("evidence", ())]


def _document(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "document_file" in entry:
        return dict(read_document(entry["document_file"]))
    if "document_opt_out" in entry:
        return _opt_out(entry["document_opt_out"])
    if "document_charter" in entry:
        return dict(read_document("council.yaml")["charter"])
    (stated,) = [e for e in read_document("proposals.yaml") if e["key"] == entry["key"]]
    return dict(stated["document"])


def _opt_out(number: str) -> dict[str, Any]:
    return dict(next(o for o in read_document("opt_outs.yaml") if o["opt_out"] == number))


def _change(entry: Mapping[str, Any], op: ChangeOp, document: dict[str, Any]) -> ChangeSpec:
    key = "" if op is ChangeOp.CREATE else f"{entry['kind']}:{document.get('workflow', '')}"
    return ChangeSpec(op=op, kind=entry["kind"], key=key, document=document)


def _term(name: str, op: ChangeOp) -> ChangeSpec:
    """A term; replacing one corrects its note, deprecating one names what to say instead."""
    document = dict(concepts()[name])
    bound = [column.rpartition(".") for column in read_text("glossary_bindings.yaml").get(name, ())]
    document["bound_to"] = [
        {"dataset": str(Company().name(dataset)), "column": column} for dataset, _, column in bound
    ]
    if op is ChangeOp.REPLACE:
        document["scope_note"] = SPELLING
    if op is not ChangeOp.DEPRECATE:
        document.pop("replaced_by", None)
    key = "" if op is ChangeOp.CREATE else f"term:{name}"
    return ChangeSpec(op=op, kind="term", key=key, document=document)


def _shared_words() -> list[str]:
    """The terms that no other proposal of the story makes."""
    others = {
        entry["document_term"]
        for entry in read_text("proposals.yaml")
        if "document_term" in entry and entry.get("op", "create") == "create"
    }
    return [name for name in concepts() if name not in others]

"""Decisions as files: JSON for machines, MADR for repositories, PROV for provenance."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.types import Principal
from governance.agreements.models import AgreementVersion
from governance.council.models import Decision
from governance.council.selectors.decisions import (
    chain_head,
    decision_list,
    get_decision,
    record_of,
)
from governance.proposals.models import Concern, Position, Revision
from governance.types import ConcernState

_PROV = "https://www.w3.org/ns/prov#"


class DecisionForm(StrEnum):
    """In which form a decision is written down."""

    JSON = "json"
    MADR = "madr"
    PROV = "prov"


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A file to keep."""

    name: str
    media_type: str
    text: str


def decision_file(principal: Principal, key: str, form: DecisionForm) -> DecisionFile:
    """One decision as a file; raises NotFound."""
    match form:
        case DecisionForm.MADR:
            return DecisionFile(f"{key}.md", "text/markdown", export_madr(principal, key))
        case DecisionForm.PROV:
            text = as_text(export_prov(principal, key))
            return DecisionFile(f"{key}.prov.json", "application/json", text)
        case DecisionForm.JSON:
            text = as_text(export_json(principal, key))
            return DecisionFile(f"{key}.json", "application/json", text)


def chain_file(principal: Principal) -> DecisionFile:
    """The whole chain as a file, to be verified elsewhere."""
    return DecisionFile("chain.json", "application/json", as_text(export_chain(principal)))


def export_chain(principal: Principal) -> dict[str, Any]:
    """The whole chain with its records and hashes, so that anybody can verify it elsewhere.

    `hash` is SHA-256 over `prev_hash`, a line feed and `record`, exactly as they stand here.
    """
    head = chain_head()
    return {
        "format": "concord.decisions/1",
        "head": {"number": head.number, "hash": head.hash} if head else None,
        "decisions": [
            {
                "key": decision.key,
                "record": decision.record,
                "prev_hash": decision.prev_hash,
                "hash": decision.hash,
                "sentence": decision.sentence,
                "rule": decision.rule,
            }
            for decision in decision_list(principal).order_by("number").iterator(2_000)
        ],
    }


def export_json(principal: Principal, key: str) -> dict[str, Any]:
    """One decision with its record; raises NotFound."""
    decision = get_decision(principal, key)
    return {
        "format": "concord.decision/1",
        "sentence": decision.sentence,
        "rule": decision.rule,
        "record": record_of(decision),
        "prev_hash": decision.prev_hash,
        "hash": decision.hash,
    }


def export_madr(principal: Principal, key: str) -> str:
    """One decision as a Markdown any decision record (MADR 4); raises NotFound.

    Who was overruled stands in it with their reasons, as long as they are not erased.
    """
    decision = get_decision(principal, key)
    proposal = decision.proposal
    revision = _revision(decision)
    lines = [
        "---",
        f"status: {_status(decision)}",
        f"date: {decision.decided_at:%Y-%m-%d}",
        f"decision-makers: {_one_line(str(decision.decided_by or 'the rules of the charter'))}",
        "---",
        "",
        f"# {_one_line(proposal.title)}",
        "",
        "## Context and Problem Statement",
        "",
        _block(proposal.ask),
        "",
    ]
    if revision is not None:
        lines += [_block(revision.rationale), ""] if revision.rationale else []
        lines += _evidence(revision)
        lines += ["## Considered Options", "", "- Adopt the proposal", "- Keep what holds", ""]
    lines += [
        "## Decision Outcome",
        "",
        f"{decision.key}: {_one_line(decision.sentence)}",
        "",
        f"- Rule: {_one_line(decision.rule)}",
        f"- Text decided: revision digest `{decision.revision_digest}`",
    ]
    if decision.effective_at is not None:
        lines.append(f"- Takes effect: {_stamp(decision.effective_at)}")
    for row in decision.unchecked:
        lines.append(f"- Not yet checked: {_one_line(row['message'])} (`{row['check']}`)")
    lines += ["", *_dissent(decision), "## More Information", ""]
    lines.append(f"- Proposal {proposal.key}")
    lines.append(f"- Hash `{decision.hash}`, after `{decision.prev_hash}`")
    return "\n".join(lines).rstrip() + "\n"


def export_prov(principal: Principal, key: str) -> dict[str, Any]:
    """One decision as W3C PROV-JSON: what it used, what it made, who took part; people by id."""
    decision = get_decision(principal, key)
    versions = AgreementVersion.objects.filter(decision=decision).select_related("agreement")
    made = {
        f"concord:{version.agreement.key}/v{version.number}": {
            "prov:type": "concord:AgreementVersion",
            "concord:digest": version.digest,
        }
        for version in versions
    }
    activity, text = f"concord:{decision.key}", f"concord:{decision.revision_digest}"
    people = sorted(
        {
            *Position.objects.filter(
                proposal=decision.proposal_id, pk__lte=decision.tally.get("through", 0)
            ).values_list("person", flat=True),
            *([decision.decided_by_id] if decision.decided_by_id else []),
        }
    )
    return {
        "prefix": {"prov": _PROV, "concord": "urn:concord:"},
        "entity": {text: {"prov:type": "concord:Revision"}, **made},
        "activity": {
            activity: {
                "prov:endTime": _stamp(decision.decided_at),
                "concord:outcome": decision.outcome,
                "concord:hash": decision.hash,
            }
        },
        "agent": {f"concord:person/{pk}": {"prov:type": "prov:Person"} for pk in people},
        "used": {"_:used": {"prov:activity": activity, "prov:entity": text}},
        "wasGeneratedBy": {
            f"_:made{number}": {"prov:entity": name, "prov:activity": activity}
            for number, name in enumerate(made)
        },
        "wasAssociatedWith": {
            f"_:took{pk}": {"prov:activity": activity, "prov:agent": f"concord:person/{pk}"}
            for pk in people
        },
    }


def _revision(decision: Decision) -> Revision | None:
    return (
        Revision.objects.filter(proposal=decision.proposal_id, digest=decision.revision_digest)
        .order_by("-number")
        .first()
    )


def _status(decision: Decision) -> str:
    names = {"adopted": "accepted", "ratified": "accepted"}
    if decision.proposal.superseded_by is not None and decision.outcome in names:
        return f"superseded by {decision.proposal.superseded_by.key}"
    return names.get(decision.outcome, decision.outcome)


def _evidence(revision: Revision) -> list[str]:
    lines = ["## Decision Drivers", ""]
    for row in revision.evidence:
        where = f" <{row['url']}>" if row.get("url") else ""
        lines.append(f"- Evidence: {_one_line(row['title'])}{where}")
    if revision.no_evidence_reason:
        lines.append(f"- No evidence: {_one_line(revision.no_evidence_reason)}")
    return [*lines, ""]


def _dissent(decision: Decision) -> list[str]:
    if not decision.dissent:
        return []
    positions = Position.objects.select_related("person").in_bulk(
        [row["position"] for row in decision.dissent]
    )
    answers = Concern.objects.filter(state=ConcernState.ADDRESSED).in_bulk(
        [row["concern"] for row in decision.dissent if row["concern"]]
    )
    lines = ["### Dissent", ""]
    for row in decision.dissent:
        position = positions.get(row["position"])
        if position is None:
            continue
        lines.append(f"- {position.person} ({row['kind']}): {_one_line(position.reason)}")
        answer = answers.get(row["concern"])
        if answer is not None and answer.answer:
            lines.append(f"  - Answer: {_one_line(answer.answer)}")
    return [*lines, ""]


def _one_line(text: str) -> str:
    """A text that cannot begin a heading, a list or a tag of its own."""
    return " ".join(text.split()).replace("<", "&lt;")


def _block(text: str) -> str:
    return "\n\n".join(_one_line(part) for part in text.split("\n\n"))


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()


def as_text(document: dict[str, Any]) -> str:
    """JSON as it is downloaded: sorted, indented, UTF-8."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

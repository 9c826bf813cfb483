"""What a person writes around a document: the paper of a proposal, as a form like any other."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.utils import timezone
from pydantic import Field

from governance.agreements import patterns
from governance.agreements.kind import Document
from governance.types import Evidence


class EvidencePaper(Document):
    """One thing that the proposal rests on."""

    title: str = Field(min_length=1, max_length=300, title="What it shows")
    url: str = Field(
        default="",
        max_length=1000,
        pattern=patterns.PAGE_ADDRESS,
        title="Where it is",
        description="An address of a page, a dashboard, a saved query.",
    )
    query: str = Field(
        default="",
        max_length=20_000,
        title="The query behind it",
        json_schema_extra={"sql": True},
    )
    as_of: dt.date | None = Field(default=None, title="As of")


class Paper(Document):
    """Everything about a proposal but the document that it changes."""

    op: Literal["create", "replace", "deprecate", "retire"] = Field(
        default="create",
        title="What is asked",
        json_schema_extra={
            "labels": {
                "create": "Agree on something new",
                "replace": "Change what is agreed",
                "deprecate": "Deprecate it: it ends at a sunset",
                "retire": "End it",
            }
        },
    )
    title: str = Field(
        default="",
        max_length=300,
        title="Title",
        description="Left empty, it is named after what it changes.",
    )
    ask: str = Field(
        default="",
        max_length=300,
        title="The ask, in one line",
        description="What the reader is asked to agree to. Left empty, it is made from the title.",
    )
    rationale: str = Field(
        default="",
        max_length=20_000,
        title="Why",
        description="What is wrong today, for whom, and what gets better.",
        json_schema_extra={"prose": True},
    )
    evidence: tuple[EvidencePaper, ...] = Field(
        default=(),
        max_length=20,
        title="Evidence",
        description="Bring data, not opinion: what shows that it is so.",
        json_schema_extra={"need": "needed to submit, or why there is none"},
    )
    no_evidence_reason: str = Field(
        default="",
        max_length=1000,
        title="Or why there is no evidence",
        json_schema_extra={"prose": True, "need": "needed to submit without evidence"},
    )
    effective_on: dt.date | None = Field(
        default=None,
        title="In force from",
        description="Left empty, it takes effect as soon as it is decided.",
    )
    champion: str = Field(
        default="",
        max_length=150,
        title="Champion",
        description="Who brings it through; you, unless you name somebody.",
        json_schema_extra={"picker": "person"},
    )
    co_authors: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Co-authors",
        description="They stand behind it, so they do not sign it.",
        json_schema_extra={"picker": "person"},
    )


def evidence_of(paper: Paper) -> list[Evidence]:
    """The evidence as services take it."""
    return [
        Evidence(title=item.title, url=item.url, query=item.query, as_of=item.as_of)
        for item in paper.evidence
    ]


def effective_at(paper: Paper) -> dt.datetime | None:
    """The beginning of the day that was asked for, in the service's time zone."""
    if paper.effective_on is None:
        return None
    return timezone.make_aware(dt.datetime.combine(paper.effective_on, dt.time.min))


def paper_of(proposal: Any, revision: Any, op: str) -> dict[str, Any]:
    """A saved proposal as the plain data of its paper."""
    starts = revision.wanted_effective_at
    return {
        "op": op,
        "title": proposal.title,
        "ask": proposal.ask,
        "rationale": revision.rationale,
        "evidence": [
            {name: item.get(name) or "" for name in ("title", "url", "query")}
            | {"as_of": item.get("as_of") or None}
            for item in revision.evidence
        ],
        "no_evidence_reason": revision.no_evidence_reason,
        "effective_on": timezone.localtime(starts).date().isoformat() if starts else None,
        "champion": proposal.champion.username,
        "co_authors": [person.username for person in proposal.co_authors.all()],
    }

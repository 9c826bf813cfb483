"""From the plain values that REST and GraphQL receive to what the services take, and the answer
that both give to changes that are only looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.errors import InvalidInput
from catalog.selectors.directory import domains, get_person
from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.selectors.withholding import as_read, repeats_withheld
from governance.proposals.selectors.impact import preview
from governance.proposals.services.dry_run import ChangeDiff, dry_run
from governance.types import ChangeOp, ChangeSpec, Evidence


def changes_from(given: Iterable[Mapping[str, Any]]) -> list[ChangeSpec]:
    """Changes; raises InvalidInput for an unknown kind or operation and for a document that is no
    object."""
    found = []
    for position, item in enumerate(given):
        kind, op = str(item.get("kind", "")), str(item.get("op", ""))
        document = {} if item.get("document") is None else item["document"]
        if kind not in kinds:
            raise InvalidInput(
                f"There is no kind of agreement {kind!r}; known: {', '.join(kinds.names())}.",
                field=f"changes.{position}.kind",
            )
        if op not in list(ChangeOp):
            raise InvalidInput(
                f"A change is one of {', '.join(ChangeOp)}.", field=f"changes.{position}.op"
            )
        if not isinstance(document, Mapping):
            raise InvalidInput("A document is a JSON object.", field=f"changes.{position}.document")
        found.append(ChangeSpec(ChangeOp(op), kind, str(item.get("key") or ""), dict(document)))
    return found


def looked_at(principal: Principal, changes: Sequence[ChangeSpec]) -> dict[str, Any]:
    """What checks, conflicts and impact say of changes, for those edges; nothing is written."""
    ran = dry_run(acting=principal, changes=changes)
    impact = preview(principal, changes)
    return {
        "changes": [_as_read(principal, one) for one in ran.diffs],
        "findings": ran.findings,
        "conflicts": [
            {
                "kind": conflict.kind,
                "witness": conflict.witness,
                "parties": [
                    {"kind": party.kind, "key": party.key, "title": party.title}
                    for party in conflict.parties
                ],
            }
            for conflict in ran.conflicts
        ],
        "scope": impact.scope,
        "scope_sentence": impact.verdict.sentence,
        "counts": impact.counts,
        "signers": impact.signers,
    }


def _as_read(principal: Principal, one: ChangeDiff) -> ChangeDiff:
    """A change beside what is in force, as whoever asks may read both."""
    before = one.before or {}
    return replace(
        one,
        before=one.before and as_read(principal, one.kind, before),
        after=as_read(
            principal,
            one.kind,
            one.after,
            is_party=lambda: not repeats_withheld(one.kind, one.after, before),
        ),
    )


def evidence_from(given: Iterable[Mapping[str, Any]]) -> list[Evidence]:
    """Evidence; a day may come as text."""
    return [
        Evidence(
            title=str(item.get("title") or ""),
            url=str(item.get("url") or ""),
            query=str(item.get("query") or ""),
            result_digest=str(item.get("result_digest") or ""),
            as_of=_day(item.get("as_of")),
        )
        for item in given
    ]


def person_id_from(principal: Principal, username: str) -> int | None:
    """The person with this user name, None for no name; raises NotFound."""
    return get_person(principal, username).pk if username else None


def named_person(principal: Principal, username: str) -> int:
    """The person with this user name; raises InvalidInput for no name, NotFound for no person.

    Whatever an input names one person for, the field is called `username`.
    """
    found = person_id_from(principal, username)
    if found is None:
        raise InvalidInput("Name a colleague by user name.", field="username")
    return found


def person_ids_from(principal: Principal, usernames: Sequence[str]) -> list[int]:
    """The people with these user names; raises NotFound."""
    return [get_person(principal, name).pk for name in usernames]


def domain_id_from(principal: Principal, slug: str) -> int | None:
    """The domain with this short name, None for no name; raises InvalidInput."""
    if not slug:
        return None
    found = domains(principal).filter(slug=slug).first()
    if found is None:
        raise InvalidInput(f"There is no domain {slug!r}.", field="domain")
    return found.pk


def draft_from(principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `create_draft` and `revise`; what was not given, or null, is left out."""
    given = {name: value for name, value in given.items() if value is not None}
    taken: dict[str, Any] = {
        name: given[name]
        for name in ("title", "ask", "rationale", "no_evidence_reason")
        if name in given
    }
    if "wanted_effective_at" in given:
        taken["wanted_effective_at"] = instant_from(given["wanted_effective_at"])
    if "changes" in given:
        taken["changes"] = changes_from(given["changes"])
    if "evidence" in given:
        taken["evidence"] = evidence_from(given["evidence"])
    if given.get("champion"):
        taken["champion_id"] = person_id_from(principal, given["champion"])
    if "co_authors" in given:
        taken["co_author_ids"] = person_ids_from(principal, given["co_authors"])
    return taken


def instant_from(value: dt.datetime | None) -> dt.datetime | None:
    """An instant; one without a zone is read in UTC."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=dt.UTC)


def _day(value: Any) -> dt.date | None:
    if not value:
        return None
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f"{value!r} is no day such as 2026-03-31.", field="as_of") from None

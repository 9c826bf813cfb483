"""One agreement: what it says, since when, by which decision, and what it said before."""

from __future__ import annotations

from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.errors import NotFound
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.presentation.shapes import AgreementLine
from governance.addresses import decision_address
from governance.agreements.diff import difference
from governance.agreements.kinds import kinds
from governance.agreements.selectors.agreements import (
    agreement_as_of,
    get_agreement,
    versions,
)
from governance.agreements.selectors.showing import bindings_of
from governance.agreements.selectors.uses import as_seen, use_counts
from governance.agreements.selectors.withholding import version_as_read
from governance.agreements.web.moments import moment_of
from governance.conflicts.selectors.register import conflicts
from governance.models import Agreement, AgreementVersion
from governance.notifications.selectors.inbox import is_watching
from governance.proposals.selectors.touching import open_proposals_on
from governance.types import ConflictState
from governance.wording import word_for

COUNTS_SHOWN = 13  # weeks


@require_GET
def agreement(request: HttpRequest, key: str) -> HttpResponse:
    """`/agreements/<key>/`: `?as_of=` shows what held then, `?version=` compares one."""
    principal = principal_from(request)
    at = moment_of(request)
    found = get_agreement(principal, key)
    history = list(versions(principal, key))
    version = agreement_as_of(principal, key, valid_at=at) if history else None
    kind = kinds.get(found.kind)
    document = (
        kind.document_type.model_validate(version_as_read(principal, version)) if version else None
    )
    context: dict[str, Any] = {
        "agreement": found,
        "kind": kind,
        "version": version,
        "document": document,
        "sentence": kind.sentence(document) if document is not None else "",
        "line": _line(found, version),
        "versions": history,
        "bindings": bindings_of(principal, version) if version else [],
        "proposals": list(open_proposals_on(principal, key)),
        "conflicts": list(conflicts(principal, state=ConflictState.OPEN).filter(agreements=found)),
        "use_counts": as_seen(principal, use_counts(principal, key)[:COUNTS_SHOWN]),
        "compared": _compared(request, principal, history),
        "watching": is_watching(principal, "agreement", key),
        "at": at,
        "present_href": request.path,
    }
    return render(request, "governance/agreements/agreement.html", context)


@require_GET
def as_yaml(request: HttpRequest, key: str) -> HttpResponse:
    """`/agreements/<key>.yaml`: the document, as definitions as code keep it."""
    version = _version(request, key)
    document = dict(version_as_read(principal_from(request), version))
    text = yaml.safe_dump(document, sort_keys=True, allow_unicode=True)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")


@require_GET
def as_json(request: HttpRequest, key: str) -> HttpResponse:
    """`/agreements/<key>.json`: the document with its validity and decision."""
    version = _version(request, key)
    return JsonResponse(
        {
            "key": key,
            "version": version.number,
            "digest": version.digest,
            "valid_from": version.valid_from,
            "valid_to": version.valid_to,
            "recorded_at": version.recorded_at,
            "decision": version.decision.key,
            "document": version_as_read(principal_from(request), version),
        }
    )


@require_GET
def schema(request: HttpRequest, kind: str) -> HttpResponse:
    """`/agreements/schemas/<kind>.json`: the JSON Schema of a kind's document."""
    if kind not in kinds:
        raise NotFound(f"There is no kind of agreement {kind!r}.")
    return JsonResponse(kinds.get(kind).document_type.model_json_schema())


def _version(request: HttpRequest, key: str) -> AgreementVersion:
    found = agreement_as_of(principal_from(request), key, valid_at=moment_of(request))
    if found is None:
        raise NotFound("Nothing of this agreement held then.")
    return found


def _line(found: Agreement, version: AgreementVersion | None) -> AgreementLine:
    word = word_for("agreement", found.state)
    if version is None:
        return AgreementLine(meaning=word.meaning, statement=word.about or word.text)
    return AgreementLine(
        meaning=word.meaning,
        statement=f"{word.text}, version {version.number}",
        decision=version.decision.key,
        decision_href=decision_address(version.decision.key),
        since=version.valid_from.date(),
        owner=found.domain.name if found.domain else "",
        may="You may propose a change",
    )


def _compared(
    request: HttpRequest, principal: Principal, history: list[AgreementVersion]
) -> dict[str, Any] | None:
    """The differences of the version asked for to the one before it."""
    asked = request.GET.get("version", "")
    chosen = next((v for v in history if str(v.number) == asked), None)
    if chosen is None:
        return None
    before = next((v for v in history if v.number == chosen.number - 1), None)
    document_type = kinds.get(chosen.agreement.kind).document_type
    return {
        "version": chosen,
        "before": before,
        "differences": difference(
            version_as_read(principal, before) if before else {},
            version_as_read(principal, chosen),
            document_type,
        ),
    }

"""The glossary as a file: taken along as SKOS, brought in as the draft of a proposal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.web.middleware import principal_from
from governance.addresses import proposal_address
from governance.agreements.selectors.exchange import SkosFormat, export_glossary
from governance.agreements.services.exchange import import_glossary
from governance.agreements.web.moments import moment_of

MOST_BYTES = 5_000_000


@require_GET
def turtle(request: HttpRequest) -> HttpResponse:
    """`/glossary/glossary.ttl`: `?as_of=` takes the terms that held then."""
    return _file(request, SkosFormat.TURTLE)


@require_GET
def json_ld(request: HttpRequest) -> HttpResponse:
    """`/glossary/glossary.jsonld`: the same as JSON-LD."""
    return _file(request, SkosFormat.JSON_LD)


@require_http_methods(["GET", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """`/glossary/import/`: a Turtle file becomes a draft, whose page shows each term."""
    acting = principal_from(request)
    require(acting, Action.PROPOSE)
    if request.method != "POST":
        return render(request, "governance/agreements/glossary_import.html")
    try:
        proposal, _ = import_glossary(
            acting=acting,
            text=_text(request),
            language=request.POST.get("language", "").strip() or "en",
            owner=request.POST.get("owner", "").strip(),
        )
    except InvalidInput as error:
        context = {"refusal": error.message}
        return render(request, "governance/agreements/glossary_import.html", context, status=400)
    return redirect(proposal_address(proposal.key))


def _text(request: HttpRequest) -> str:
    given = request.FILES.get("file")
    if given is None:
        raise InvalidInput("Choose a Turtle file first.", field="file")
    if given.size is None or given.size > MOST_BYTES:
        raise InvalidInput("The file is larger than 5 MB: split it.", field="file")
    try:
        return given.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("The file is not UTF-8: save it as UTF-8.", field="file") from None


def _file(request: HttpRequest, form: SkosFormat) -> HttpResponse:
    found = export_glossary(principal_from(request), form, at=moment_of(request))
    return HttpResponse(
        found.text,
        content_type=f"{found.media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.name}"'},
    )

"""The editor: a document as a typed form, its paper, a dry run before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.selectors.directory import get_person
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance import clock
from governance.agreements.diff import difference
from governance.agreements.form import (
    FieldError,
    Form,
    blank_form,
    changed_form,
    form_of_document,
    read_form,
)
from governance.agreements.kind import AgreementKind, CheckContext, Document, TargetsToday
from governance.agreements.kinds import kinds
from governance.agreements.selectors.in_force import one_in_force
from governance.agreements.selectors.withholding import as_read
from governance.proposals.impact.answers import Impact
from governance.proposals.selectors.impact import preview
from governance.proposals.selectors.proposals import changes_as_read, get_proposal
from governance.proposals.services.completeness import missing_in_draft
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.dry_run import DryRun, dry_run
from governance.proposals.services.impact import changes_of
from governance.proposals.services.submitting import submit
from governance.proposals.web.findings import PlacedFinding, placed
from governance.proposals.web.papers import Paper, effective_at, evidence_of, paper_of
from governance.types import ChangeOp, ChangeSpec, FindingLevel

PAPER, DOCUMENT = "p-", "d-"


@dataclass(slots=True)
class Desk:
    """What lies on the desk while a proposal is written: one change of it, and its other ones.

    `key` is the proposal's, empty for a new one; `target` the agreement's, empty for a new one.
    """

    kind: AgreementKind
    key: str
    target: str
    position: int
    others: Sequence[ChangeSpec]
    paper: Form
    document: Form
    op: str = ChangeOp.CREATE
    ran: DryRun | None = None
    impact: Impact | None = None
    findings: Sequence[PlacedFinding] = ()
    refused: str = ""

    def changes(self) -> list[ChangeSpec]:
        """Every change of the proposal, this one in its place."""
        document = {} if self.op == ChangeOp.RETIRE else self._document()
        mine = ChangeSpec(ChangeOp(self.op), self.kind.name, self.target, document)
        return [*self.others[: self.position], mine, *self.others[self.position :]]

    def _document(self) -> dict[str, Any]:
        found = self.document.document
        return found.model_dump(mode="json") if found is not None else dict(self.document.values)

    @property
    def errors(self) -> tuple[tuple[str, FieldError], ...]:
        """Every error with the id of its field."""
        shown = [(PAPER, error) for error in self.paper.errors]
        if self.op != ChangeOp.RETIRE:
            shown += [(DOCUMENT, error) for error in self.document.errors]
        return tuple((_id_of(prefix, error.path), error) for prefix, error in shown)

    @property
    def stands_against(self) -> list[PlacedFinding]:
        """What submission would refuse, of what the check found."""
        return [one for one in self.findings if one.level is FindingLevel.ERROR]

    def check(self, principal: Principal) -> None:
        """Say what submission would refuse, at each field, and whom it touches."""
        changes, paper, at = self.changes(), self.paper.document, clock.now()
        assert isinstance(paper, Paper)
        self.ran = dry_run(acting=principal, changes=changes)
        self.impact = preview(principal, changes)
        missing = missing_in_draft(
            self.ran,
            changes,
            scope=self.impact.scope,
            is_founded=bool(paper.evidence or paper.no_evidence_reason),
            wanted_effective_at=effective_at(paper),
            at=at,
        )
        found = (*missing, *self.ran.findings)
        of = [kinds.get(change.kind) for change in changes]
        self.findings = [self._anchored(finding) for finding in placed(found, of)]
        self.paper = self._marked(self.paper, Paper, PAPER, None)
        self.document = self._marked(
            self.document, self.kind.document_type, DOCUMENT, self.position
        )

    def _marked(
        self, form: Form, document_type: type[Document], prefix: str, change: int | None
    ) -> Form:
        """The form with what stands against submission at its fields."""
        errors = [one.error for one in self.stands_against if one.change == change and one.path]
        marked = form_of_document(document_type, form.values, prefix=prefix, errors=errors)
        return replace(marked, errors=(), document=form.document)

    def _anchored(self, finding: PlacedFinding) -> PlacedFinding:
        if not finding.path or finding.change not in (None, self.position):
            return finding
        prefix = PAPER if finding.change is None else DOCUMENT
        return replace(finding, anchor=f"{_id_of(prefix, finding.path)}-field")


def _id_of(prefix: str, path: str) -> str:
    return prefix + path.replace(".", "-")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`/proposals/new/`: `?kind=` starts something new, `?agreement=` a change of what is in force;
    other parameters fill fields of the document, such as `target.dataset`."""
    principal = principal_from(request)
    target = request.GET.get("agreement", "")
    name = target.partition(":")[0] if target else request.GET.get("kind", "")
    if name not in kinds:
        return render(request, "governance/proposals/choose_kind.html", {"kinds": list(kinds)})
    kind = kinds.get(name)
    base = one_in_force(target) if target else None
    if target and base is None:
        raise NotFound("Nothing of this agreement is in force.")
    if request.method == "POST":
        return _posted(request, principal, kind, key="", target=target, position=0, others=())
    given = _read(principal, kind, base.document) if base else _prefilled(kind, request.GET)
    desk = Desk(
        kind=kind,
        key="",
        target=target,
        position=0,
        others=(),
        paper=form_of_document(
            Paper, {"op": ChangeOp.REPLACE if base else ChangeOp.CREATE}, prefix=PAPER
        ),
        document=form_of_document(kind.document_type, given, prefix=DOCUMENT),
        op=ChangeOp.REPLACE if base else ChangeOp.CREATE,
    )
    return _show(request, principal, desk)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """`/proposals/<key>/edit/`: `?change=` chooses one of several, `?add=<kind>` adds one."""
    principal = principal_from(request)
    proposal = get_proposal(principal, key)
    revision = proposal.current
    if revision is None:
        raise NotFound("This proposal has no text.")
    changes = changes_of(revision)
    added = request.GET.get("add", "")
    if added in kinds:
        kind, position, spec = kinds.get(added), len(changes), None
        others: Sequence[ChangeSpec] = changes
    else:
        position = _position(request.GET.get("change", "0"), len(changes))
        spec = changes[position]
        kind = kinds.get(spec.kind)
        others = [*changes[:position], *changes[position + 1 :]]
    target = spec.key if spec is not None and spec.op is not ChangeOp.CREATE else ""
    if request.method == "POST":
        return _posted(
            request, principal, kind, key=key, target=target, position=position, others=others
        )
    op = spec.op if spec is not None else ChangeOp.CREATE
    document = (
        form_of_document(
            kind.document_type,
            changes_as_read(principal, proposal, revision)[position].after,
            prefix=DOCUMENT,
        )
        if spec is not None
        else blank_form(kind.document_type, prefix=DOCUMENT)
    )
    desk = Desk(
        kind=kind,
        key=key,
        target=target,
        position=position,
        others=others,
        paper=form_of_document(Paper, paper_of(proposal, revision, op), prefix=PAPER),
        document=document,
        op=op,
    )
    return _show(request, principal, desk)


def _posted(
    request: HttpRequest,
    principal: Principal,
    kind: AgreementKind,
    *,
    key: str,
    target: str,
    position: int,
    others: Sequence[ChangeSpec],
) -> HttpResponse:
    action = request.POST.get("action", "")
    sent = request.POST.dict()
    papers = {name: text for name, text in sent.items() if name.startswith(PAPER)}
    fields = {name: text for name, text in sent.items() if name.startswith(DOCUMENT)}
    place = action.partition(":")[2]
    paper = (
        changed_form(Paper, papers, action, prefix=PAPER)
        if place.startswith(PAPER)
        else read_form(Paper, papers, prefix=PAPER)
    )
    document = (
        changed_form(kind.document_type, fields, action, prefix=DOCUMENT)
        if place.startswith(DOCUMENT)
        else read_form(kind.document_type, fields, prefix=DOCUMENT)
    )
    op = str(paper.values.get("op") or ChangeOp.CREATE)
    desk = Desk(kind, key, target, position, others, paper, document, op=op)
    if place:
        return _show(request, principal, desk)
    if desk.errors:
        return _show(request, principal, desk, status=400)
    try:
        if action in ("check", "submit"):
            desk.check(principal)
        if action == "check" or desk.stands_against:
            return _show(request, principal, desk, status=200 if action == "check" else 400)
        saved = _save(principal, desk)
        desk.key = saved
        if action == "submit":
            submit(acting=principal, key=saved)
            messages.success(request, f"{saved} is submitted: those it touches are asked.")
        else:
            messages.success(request, f"{saved} is saved as a draft.")
    except (CatalogError, AccessRefused) as error:
        desk.refused = reason_of(error)
        if desk.key and not key:
            messages.error(request, f"It is saved as a draft, and not submitted. {desk.refused}")
            return redirect("governance:edit_proposal", desk.key)
        return _show(request, principal, desk, status=400)
    return redirect("governance:proposal", saved)


def _save(principal: Principal, desk: Desk) -> str:
    """Write the draft or its next revision; returns the proposal's key."""
    paper = desk.paper.document
    assert isinstance(paper, Paper)
    title = paper.title or _title(desk)
    common: dict[str, Any] = {
        "acting": principal,
        "title": title,
        "ask": paper.ask or f"Agree to “{title}”."[:300],
        "changes": desk.changes(),
        "rationale": paper.rationale,
        "evidence": evidence_of(paper),
        "no_evidence_reason": paper.no_evidence_reason,
        "wanted_effective_at": effective_at(paper),
        "champion_id": _person(principal, paper.champion),
        "co_author_ids": [_person(principal, name) for name in paper.co_authors],
    }
    if desk.key:
        revise(key=desk.key, **common)
        return desk.key
    return create_draft(**common).key


def _title(desk: Desk) -> str:
    document = desk.document.document
    name = desk.kind.title(document) if document is not None else desk.target
    verb = {
        ChangeOp.CREATE: "",
        ChangeOp.REPLACE: "Change ",
        ChangeOp.DEPRECATE: "Deprecate ",
        ChangeOp.RETIRE: "End ",
    }[ChangeOp(desk.op)]
    return f"{verb}{name or desk.target}"[:300]


def _person(principal: Principal, username: str) -> int | None:
    return get_person(principal, username).pk if username else None


def _show(
    request: HttpRequest, principal: Principal, desk: Desk, *, status: int = 200
) -> HttpResponse:
    base = one_in_force(desk.target) if desk.target else None
    context: dict[str, Any] = {"desk": desk, "base": base, "kinds": list(kinds)}
    if desk.ran is not None:
        context["targets"] = _targets(principal, desk)
        if base is not None and desk.document.document is not None:
            context["differences"] = difference(
                _read(principal, desk.kind, base.document),
                desk.document.document.model_dump(mode="json"),
                desk.kind.document_type,
            )
    return render(request, "governance/proposals/edit.html", context, status=status)


def _read(principal: Principal, kind: AgreementKind, document: Mapping[str, Any]) -> dict[str, Any]:
    return dict(as_read(principal, kind.name, document))


def _targets(principal: Principal, desk: Desk) -> TargetsToday | None:
    """What the document is about today, with every target that fails."""
    document = desk.document.document
    if document is None or desk.op == ChangeOp.RETIRE:
        return None
    asked = CheckContext(principal, clock.now(), desk.target, ChangeOp(desk.op))
    return desk.kind.targets_today(document, asked)


def _prefilled(kind: AgreementKind, query: QueryDict) -> dict[str, Any]:
    """A document with what the address says of it: `target.dataset=...` fills a nested field,
    `resources.datasets[]=...`, as often as needed, one that is a list."""
    document: dict[str, Any] = {}
    for key, texts in query.lists():
        name = key.removesuffix("[]")
        text: Any = texts[-1] if name == key else texts
        first, *rest = name.split(".")
        if first not in kind.document_type.model_fields or len(rest) > 1:
            continue
        if rest:
            inner = document.setdefault(first, {})
            if isinstance(inner, dict):
                inner[rest[0]] = text
        else:
            document[first] = text
    return document


def _position(text: str, count: int) -> int:
    position = whole(text)
    if position is None or position >= count:
        raise InvalidInput(f"The proposal has {count} changes, numbered from 0.", field="change")
    return position

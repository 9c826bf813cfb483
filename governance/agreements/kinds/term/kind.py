"""The glossary's term as a kind of agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.dates import exact_day
from catalog.types import Principal
from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.deprecation import deprecate_for
from governance.agreements.kinds.term.checks import check_term
from governance.agreements.kinds.term.conflicts import conflicts_of, title_of
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.joining import take_in
from governance.agreements.kinds.term.names import plain_name
from governance.agreements.selectors.in_force import one_in_force
from governance.agreements.selectors.references import datasets_named
from governance.agreements.uses import Use
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ChangeSpec,
    ConflictSpec,
    Finding,
)

if TYPE_CHECKING:
    from governance.models import AgreementVersion


class Term(AgreementKind):
    """A word with its agreed meaning."""

    name = "term"
    label = "term"
    plural = "terms"
    about = "A word of the glossary: what it means, its synonyms, and what it is not."
    document_type = TermDocument
    prose = frozenset({"scope_note", "note", "homonyms[].note"})
    template = "governance/agreements/kinds/term.html"

    def slug(self, document: TermDocument) -> str:
        """The short name given, else the word with what tells it apart, in plain letters."""
        return document.notation or plain_name(title_of(document))

    def title(self, document: TermDocument) -> str:
        """The word, with what tells it apart in brackets."""
        return title_of(document)

    def sentence(self, document: TermDocument) -> str:
        """The word and its definition."""
        if not document.definition:
            return f"{title_of(document)} is not defined yet."
        return f"{title_of(document)}: {document.definition}"

    def check(self, document: TermDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_term`."""
        return check_term(document, context)

    def bindings(self, document: TermDocument, context: CheckContext) -> Sequence[BindingSpec]:
        """The datasets and columns that hold what it means."""
        known = datasets_named(context.acting, (bound.dataset for bound in document.bound_to))
        return [
            BindingSpec(BindingRole.TARGET, known[bound.dataset].pk, bound.column)
            for bound in document.bound_to
            if bound.dataset in known
        ]

    def conflicts(self, document: TermDocument, context: CheckContext) -> Iterable[ConflictSpec]:
        """See `conflicts_of`."""
        return conflicts_of(document, context)

    def activate(self, version: AgreementVersion, *, acting: Principal) -> str:
        """A word that goes out of use gets its last day and the word to use instead."""
        document = TermDocument.model_validate(version.document)
        if not document.replaced_by and version.op != ChangeOp.DEPRECATE:
            return ""
        deprecate_for(version, replaced_by=document.replaced_by, days=document.sunset_days)
        last = version.agreement.sunset_on
        return f"{title_of(document)} goes out of use on {exact_day(last)}." if last else ""

    def uses(self, document: TermDocument, *, acting: Principal, now: dt.datetime) -> list[Use]:
        """The data that is still bound to this word and not to the one that takes its place."""
        instead = one_in_force(document.replaced_by) if document.replaced_by else None
        moved: set[tuple[str, str]] = set()
        if instead is not None:
            moved = {
                (bound.dataset, bound.column)
                for bound in TermDocument.model_validate(instead.document).bound_to
            }
        known = datasets_named(acting, (bound.dataset for bound in document.bound_to))
        return [
            Use(
                "column" if bound.column else "dataset",
                f"{bound.dataset}.{bound.column}" if bound.column else bound.dataset,
                str(known[bound.dataset].pk),
            )
            for bound in document.bound_to
            if bound.dataset in known
            and known[bound.dataset].disappeared_at is None
            and (bound.dataset, bound.column) not in moved
        ]

    def migration_hint(self, document: TermDocument, op: ChangeOp) -> str:
        """What to say instead of a word that goes."""
        if op in (ChangeOp.DEPRECATE, ChangeOp.RETIRE) and document.replaced_by:
            return f"Say {document.replaced_by.removeprefix('term:')} instead of {document.label}."
        return ""

    def merged(
        self, draft: dict[str, Any], other: Mapping[str, Any], *, key: str, other_key: str
    ) -> dict[str, Any]:
        """The other's word becomes a synonym; what told the two apart is dropped."""
        return take_in(draft, other, keys={key, other_key})

    def giving_way(self, key: str, document: Mapping[str, Any], to: str) -> ChangeSpec:
        """The word goes out of use for the one that takes its place, so that readers are led on."""
        last: dict[str, Any] = {
            "replaced_by": to,
            "homonyms": [],
            "sunset_days": document.get("sunset_days") or 90,
        }
        return ChangeSpec(ChangeOp.REPLACE, self.name, key, {**document, **last})

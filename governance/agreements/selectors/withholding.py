"""What of a document is shown to whom: a reason that only Legal reads stays hidden elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalog.types import Principal, PrincipalKind
from governance.agreements.kind import WITHHELD, AgreementKind
from governance.agreements.kinds import kinds
from governance.agreements.models import AgreementVersion
from governance.council.selectors.seats import is_member


def as_read(
    principal: Principal,
    kind: str,
    document: Mapping[str, Any],
    *,
    is_party: Callable[[], bool] = lambda: False,
) -> Mapping[str, Any]:
    """A document as a reader may see it: `WITHHELD` in the place of what is not theirs to read.

    Read whole by administrators, by who sits in the council or one of its committees (they decide
    on it, and Legal is one of them) and by who wrote it or was asked to sign it, which `is_party`
    tells and is asked only then (R-087: everybody else learns that the reason is withheld and whom
    to ask).
    """
    hidden = _hidden(kinds.get(kind), document)
    if not hidden or _reads_everything(principal) or is_party():
        return document
    return {name: WITHHELD if name in hidden else value for name, value in document.items()}


def version_as_read(principal: Principal, version: AgreementVersion) -> Mapping[str, Any]:
    """The document of a version as a reader may see it; its author reads it whole.

    The version's digest is that of the whole document.
    """
    return as_read(
        principal,
        version.agreement.kind,
        version.document,
        is_party=lambda: version.author_id == principal.person_id is not None,
    )


def with_what_was_withheld(
    kind: AgreementKind, document: Mapping[str, Any], base: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A new document that says `WITHHELD` where its author could not read the one in force: what
    is withheld stays as it is, as long as the new document withholds it too."""
    kept = {
        name: base[name]
        for name in _hidden(kind, base) & _hidden(kind, document)
        if document[name] == WITHHELD
    }
    return {**document, **kept} if kept else document


def repeats_withheld(kind: str, document: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Whether something that a document withholds is what the one before it said: then its author
    need not have read it."""
    return any(document[name] == base.get(name) for name in _hidden(kinds.get(kind), document))


def _hidden(kind: AgreementKind, document: Mapping[str, Any]) -> frozenset[str]:
    """The withheld fields that say something."""
    return frozenset(name for name in kind.withheld(document) if document.get(name))


def _reads_everything(principal: Principal) -> bool:
    if principal.kind is PrincipalKind.SYSTEM or principal.is_administrator:
        return True
    return is_member(principal, anywhere=True)

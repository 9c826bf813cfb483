"""The agreement line of what is no dataset: what it is, and who answers for it. What is agreed in
a domain or about a system is not known here, so nothing is said of it."""

from __future__ import annotations

from django.urls import reverse

from catalog.access import Verdict
from catalog.models import Person, Team
from catalog.web.presentation.shapes import AgreementLine


def line_of(owner: Team | Person | None, may: Verdict, what: str) -> AgreementLine:
    """`may` is the verdict on changing it; `what` says what it is."""
    return AgreementLine(
        meaning="unknown",
        statement=what,
        owner=str(owner) if owner else "nobody answers for it yet",
        owner_href=_address(owner),
        may="you may change it" if may.allowed else "you may read it",
    )


def _address(owner: Team | Person | None) -> str:
    if owner is None:
        return ""
    if isinstance(owner, Team):
        return reverse("catalog:team", args=[owner.pk])
    return reverse("catalog:person", args=[owner.username])

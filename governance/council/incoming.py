"""From the plain values that REST and GraphQL receive to what the council's services take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.errors import InvalidInput
from catalog.selectors.directory import domains
from catalog.types import Principal
from governance.council.selectors.registers import committee

_PLAIN = (
    "name", "slug", "kind", "duties", "is_voting", "is_chair", "is_secretary", "veto_classes",
)  # fmt: skip


def seat_from(principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `create_seat` and `change_seat`; what was not given, or null, is left out.

    Raises InvalidInput for a domain, NotFound for a committee that is not there.
    """
    given = {name: value for name, value in given.items() if value is not None}
    taken: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    if "domains" in given:
        taken["domain_ids"] = _domain_ids(principal, given["domains"])
    if "systems" in given:
        taken["system_ids"] = list(given["systems"])
    if given.get("committee"):
        taken["committee_id"] = committee(principal, given["committee"]).pk
    return taken


def _domain_ids(principal: Principal, slugs: list[str]) -> list[int]:
    known = dict(domains(principal).filter(slug__in=slugs).values_list("slug", "pk"))
    for slug in slugs:
        if slug not in known:
            raise InvalidInput(f"There is no domain {slug!r}.", field="domains")
    return [known[slug] for slug in slugs]

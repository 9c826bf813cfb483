"""The page on which people check their SQL: paste, verdict, what would run and why (A2, A5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import CatalogError
from catalog.names import parse_name
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance.agreements.selectors.short_names import datasets_meant
from governance.brakes.engine.wording import size
from governance.brakes.services.checking import CheckedQuery, check_query
from governance.brakes.shown import notices_of
from governance.permissions.holder import opt_outs
from governance.permissions.native import Change, CheckAnswer, Verdict
from governance.permissions.services.statements import Statement
from governance.permissions.types import Purpose
from governance.permissions.wording import EFFECTS

_FIELDS = (
    "sql", "dialect", "purpose", "system", "default_database", "default_schema", "hide_denied",
)  # fmt: skip
_DIALECTS = (
    "bigquery", "clickhouse", "databricks", "duckdb", "hive", "mysql", "oracle", "postgres",
    "redshift", "snowflake", "spark", "sqlserver", "trino",
)  # fmt: skip
_SENTENCES = {
    CheckAnswer.ALLOW: "You may run it as it is.",
    CheckAnswer.REWRITE: "You may run it in another form, over what you may see.",
    CheckAnswer.DENY: "You may not run it.",
}
_MEANINGS = {
    CheckAnswer.ALLOW: "agreed",
    CheckAnswer.REWRITE: "contested",
    CheckAnswer.DENY: "opted_out",
}


@require_http_methods(["GET", "POST"])
def check_sql(request: HttpRequest) -> HttpResponse:
    """`/access/check/`: a form; sent, it answers below. The query string fills the form."""
    source = request.POST if request.method == "POST" else request.GET
    given = {name: source.get(name, "").strip() for name in _FIELDS}
    context: dict[str, Any] = {
        "given": given,
        "dialects": _DIALECTS,
        "purposes": [one for one in Purpose if one is not Purpose.ANY],
        "checked": None,
        "error": "",
    }
    if not given["dialect"]:
        given["dialect"] = _likeliest(principal_from(request))
    status = 200
    if request.method == "POST":
        try:
            checked = check_query(
                Statement(
                    sql=given["sql"],
                    dialect=given["dialect"],
                    purpose=given["purpose"],
                    system=given["system"],
                    default_database=given["default_database"] or None,
                    default_schema=given["default_schema"] or None,
                    hide_denied=bool(given["hide_denied"]),
                ),
                acting=principal_from(request),
            )
        except (CatalogError, AccessRefused) as error:
            context["error"] = reason_of(error)
            status = 403 if isinstance(error, AccessRefused) else 400
        else:
            context |= _shown(checked)
            context["elsewhere"] = _elsewhere(
                principal_from(request), checked.checked.verdict, given["dialect"]
            )
    return render(request, "governance/permissions/check_sql.html", context, status=status)


def _likeliest(principal: Principal) -> str:
    """The dialect of the platform with the most datasets among those that may be seen."""
    platforms = visible_datasets(principal).order_by().values_list("system__platform")
    counted = platforms.filter(system__platform__in=_DIALECTS).annotate(held=Count("pk"))
    return next((name for name, _ in counted.order_by("-held", "system__platform")[:1]), "")


def _elsewhere(principal: Principal, verdict: Verdict, dialect: str) -> list[dict[str, str]]:
    """Where the catalog has what the statement names and the dialect's own systems have not: the
    dataset, and the dialect and system in which it can be asked for."""
    unknown = [one.dataset for one in verdict.reasons if one.code == "unknown_table"]
    found = []
    for meant in datasets_meant(principal, unknown).values() if unknown else ():
        named = (meant.dataset.qualified_name,) if meant.dataset else meant.candidates
        for name in named:
            place = parse_name(name)
            if place.platform in _DIALECTS and place.platform != dialect:
                found.append(
                    {
                        "name": name,
                        "dialect": place.platform,
                        "system": f"{place.platform}://{place.instance}",
                    }
                )
    return found


def _shown(asked: CheckedQuery) -> dict[str, Any]:
    checked = asked.checked
    verdict = checked.verdict
    is_braked = asked.decision is not verdict.answer
    held = opt_outs.current().parts.rules
    return {
        "checked": checked,
        "sentence": "A brake stops it." if is_braked else _sentence(verdict),
        "meaning": _MEANINGS[asked.decision],
        "is_rewritten": asked.decision is CheckAnswer.REWRITE,
        "asked": asked,
        "size": _size(asked),
        "notices": [*verdict.notices, *notices_of(asked.estimate)],
        "pieces": _pieces(verdict),
        "changes": [
            (
                change.sentence,
                [(key, held[key].number if key in held else key) for key in change.rules],
            )
            for change in verdict.changes
        ],
        "touching": [
            {"dataset": one.dataset, "matched": one.matched, "does": EFFECTS[one.matched.effect]}
            for one in checked.opt_outs
        ],
    }


def _sentence(verdict: Verdict) -> str:
    is_allowed = verdict.answer is CheckAnswer.ALLOW
    if is_allowed and any(notice.code == "drift" for notice in verdict.notices):
        return "You may run it, but it names columns that the catalog does not know."
    return _SENTENCES[verdict.answer]


def _size(asked: CheckedQuery) -> str:
    """What would be read, as far as anybody measured it; empty where it reads nothing."""
    estimate = asked.estimate
    if not estimate.tables:
        return ""
    if estimate.bytes is None and estimate.rows is None:
        return "Nobody measured what it would read."
    said = [size(estimate.bytes)] if estimate.bytes is not None else []
    said += [f"{estimate.rows:,} rows"] if estimate.rows is not None else []
    said += [f"{estimate.partitions:,} days"] if estimate.partitions is not None else []
    at = estimate.measured_at
    when = f", as measured on {exact_day(at)}" if at is not None else ""
    return f"It would read about {', '.join(said)}{when}."


def _pieces(verdict: Verdict) -> list[tuple[str, int]]:
    """The rewritten statement in pieces: text with the number of its change, 0 where there is
    none."""
    found: list[tuple[str, int]] = []
    at = 0
    changes: Sequence[Change] = verdict.changes
    for number, change in enumerate(changes, start=1):
        if change.start < at:
            continue
        found.append((verdict.sql[at : change.start], 0))
        found.append((verdict.sql[change.start : change.end], number))
        at = change.end
    return [*found, (verdict.sql[at:], 0)]

"""The register of opt-outs in force, what holds for me, and what holds for somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.errors import InvalidInput
from catalog.models import Domain
from catalog.types import Principal
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance import clock
from governance.permissions.selectors.answering import ending_soon, to_decide
from governance.permissions.selectors.answers import access_of, audience_of
from governance.permissions.selectors.exceptions import exceptions_seen
from governance.permissions.selectors.mine import access_of_mine
from governance.permissions.selectors.register import (
    OptOutEntry,
    dataset_called,
    register_of,
)
from governance.permissions.selectors.reviews import to_review
from governance.permissions.types import Category, DataAction, Effect, Purpose, ReviewState
from governance.permissions.wording import EFFECTS, answer_in_words

_CSV = (
    "number", "title", "sentence", "effect", "whom", "what", "reason", "category", "owner",
    "since", "until", "review_by", "agreement", "decision", "datasets",
)  # fmt: skip


class RegisterForm(forms.Form):
    """What narrows the register."""

    category = forms.ChoiceField(
        label="Category", required=False,
        choices=[("", "Every category"), *((one.value, one.value) for one in Category)],
    )  # fmt: skip
    effect = forms.ChoiceField(
        label="Effect", required=False,
        choices=[("", "Every effect"), *((one.value, EFFECTS[one]) for one in Effect)],
    )  # fmt: skip
    domain = forms.CharField(label="Domain", required=False, max_length=200)
    dataset = forms.CharField(label="Dataset", required=False, max_length=500)
    person = forms.CharField(label="User name", required=False, max_length=150)


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """`/access/`: `?category=`, `?effect=`, `?domain=`, `?dataset=`, `?person=`; `?format=csv`."""
    principal = principal_from(request)
    form, refused = RegisterForm(request.GET), ""
    entries: list[OptOutEntry] = []
    try:
        entries = _narrowed(principal, form)
    except InvalidInput as error:
        refused = error.message
    if request.GET.get("format") == "csv" and not refused:
        return csv_response("opt-outs.csv", _CSV, map(_row, entries))
    at = clock.now()
    context: dict[str, Any] = {
        "form": form,
        "refused": refused,
        "page": page_of(request, entries),
        "count": len(entries),
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "domains": Domain.objects.order_by("slug").values_list("slug", "name"),
        "ending": ending_soon(principal, at),
        "to_decide": to_decide(principal, at).count(),
        "to_review": len(to_review(principal, at)),
        "overdue": exceptions_seen(principal, review=ReviewState.OVERDUE).count(),
        "closed_by_default": settings.OPT_OUT_DENIED_EMPLOYMENTS,
    }
    return render(request, "governance/permissions/register.html", context)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """`/access/mine/`: what is closed or narrowed for me, my exceptions, my requests."""
    found = access_of_mine(principal_from(request))
    return render(request, "governance/permissions/mine.html", {"mine": found})


@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """`/access/who/`: `?dataset=`, `?person=`, `?action=`, `?purpose=`: what somebody may do
    with a dataset; owners, stewards, Security and Legal also see who may not."""
    principal = principal_from(request)
    name = request.GET.get("dataset", "").strip()
    context: dict[str, Any] = {
        "dataset_name": name,
        "person": request.GET.get("person", "").strip(),
        "action": request.GET.get("action", DataAction.READ),
        "purpose": request.GET.get("purpose", ""),
        "actions": list(DataAction),
        "purposes": [one for one in Purpose if one is not Purpose.ANY],
    }
    status = 200
    if name:
        try:
            dataset = dataset_called(principal, name)
            context["answer"] = answer = access_of(
                principal,
                dataset.pk,
                username=context["person"],
                action=context["action"],
                purpose=context["purpose"],
            )
        except InvalidInput as error:
            context["wrong"], status = {error.field or "dataset": error.message}, error.status
        else:
            context["said"] = answer_in_words(answer.decision)
            if request.GET.get("who") == "all":
                context["audience"] = audience_of(principal, dataset)
    return render(request, "governance/permissions/check.html", context, status=status)


def _narrowed(principal: Principal, form: RegisterForm) -> list[OptOutEntry]:
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise InvalidInput(f"{form.fields[field].label}: {errors[0]}", field=field)
    given = form.cleaned_data
    return register_of(
        principal,
        category=given["category"],
        effect=given["effect"],
        domain=given["domain"].strip(),
        dataset=given["dataset"].strip(),
        username=given["person"].strip(),
    )


def _row(entry: OptOutEntry) -> list[object]:
    reason = "withheld" if entry.is_reason_withheld else entry.reason
    return [
        entry.number, entry.title, entry.sentence, entry.effect_in_words, entry.whom, entry.what,
        reason, entry.category, entry.ask, entry.since, entry.until, entry.review_by, entry.key,
        entry.decision, entry.dataset_count,
    ]  # fmt: skip

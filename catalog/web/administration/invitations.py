"""Invitations: given out, shown once, renewed, taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import Action, require
from catalog.errors import CatalogError
from catalog.models import Invitation
from catalog.selectors.directory import domains
from catalog.selectors.invitations import invitations as all_invitations
from catalog.services.people import INVITATION_LIFETIME, invite, renew_invitation, revoke_invitation
from catalog.spoken import spoken_first
from catalog.types import JobRole, Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.shapes import Link


class InvitationForm(forms.Form):
    email = forms.CharField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    job_role = forms.ChoiceField(
        label="Works as",
        choices=[(role.value, spoken_first(role.value)) for role in JobRole],
        initial=JobRole.ANALYST.value,
        help_text="Orders their home page; it grants nothing.",
    )
    steward_of = forms.MultipleChoiceField(
        label="Steward of", required=False, widget=forms.CheckboxSelectMultiple
    )
    is_administrator = forms.BooleanField(label="Administrator", required=False)

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(domain.pk): domain for domain in domains(principal)}
        if not self.known:
            del self.fields["steward_of"]
        else:
            steward_of: Any = self.fields["steward_of"]
            steward_of.choices = [(key, domain.name) for key, domain in self.known.items()]

    def values(self) -> dict[str, Any]:
        """What `invite` takes."""
        cleaned = self.cleaned_data
        return {
            "email": cleaned["email"],
            "job_role": JobRole(cleaned["job_role"]),
            "is_administrator": cleaned["is_administrator"],
            "steward_of": [self.known[key] for key in cleaned.get("steward_of", ())],
        }


@never_cache
@require_http_methods(["GET", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """`/administration/invitations/`: those given out and a form for a new one."""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    form = InvitationForm(request.POST or None, principal=principal)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = invite(acting=principal, **form.values())
        except CatalogError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return _page(request, principal, InvitationForm(principal=principal), made, secret)
    return _page(request, principal, form)


@never_cache
@require_POST
def renew(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """A new link for the same invitation; the old one is dead."""
    principal = principal_from(request)
    made, secret = renew_invitation(acting=principal, invitation_id=invitation_id)
    return _page(request, principal, InvitationForm(principal=principal), made, secret)


@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    revoke_invitation(acting=principal_from(request), invitation_id=invitation_id)
    messages.success(request, "The invitation is taken back: its link leads nowhere any more.")
    return redirect("catalog:invitations")


def _page(
    request: HttpRequest,
    principal: Principal,
    form: InvitationForm,
    made: Invitation | None = None,
    secret: str = "",
) -> HttpResponse:
    link = mail = ""
    if made is not None:
        link = request.build_absolute_uri(reverse("catalog:invitation", args=[secret]))
        text = f"Set up your account with this link; it works once, for seven days:\n\n{link}\n"
        words = {"subject": "Your invitation to Concord", "body": text}
        mail = f"mailto:{made.email}?{urlencode(words).replace('+', '%20')}"
    context = {
        "form": form,
        "made": made,
        "link": link,
        "mail": mail,
        "days": INVITATION_LIFETIME.days,
        "now": timezone.now(),
        "page": page_of(request, all_invitations(principal)),
        "breadcrumb": (
            Link("Administration", reverse("catalog:administration")),
            Link("Invitations"),
        ),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/administration/invitations.html", context, status=status)

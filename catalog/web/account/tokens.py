"""API tokens: made with scopes and an end, shown once, revoked at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.errors import InvalidInput
from catalog.selectors.tokens import own_tokens
from catalog.services.tokens import create_token, revoke_token
from catalog.types import TokenScope
from catalog.web.account.profile import account_tabs
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of

_SCOPE_WORDS = {
    TokenScope.READ: "Read: names, descriptions, lineage, and the data you may read",
    TokenScope.WRITE: "Write: what you may edit",
    TokenScope.INGEST: "Ingest: bring metadata of sources in",
    TokenScope.ADMIN: "Administer: people, roles, connections",
}
_LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "No end"))


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What will use it", max_length=200, help_text="Such as nightly dbt upload."
    )
    scopes = forms.MultipleChoiceField(label="What it may do", widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label="Ends after",
        choices=_LIFETIMES,
        initial="90",
        required=False,
        coerce=int,
        empty_value=None,
    )

    def __init__(self, *args: Any, is_administrator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [s for s in TokenScope if is_administrator or s is not TokenScope.ADMIN]
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope.value, _SCOPE_WORDS[scope]) for scope in offered]


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """`/account/tokens/`: one's tokens; a new one's secret is shown here once."""
    principal = principal_from(request)
    form = TokenForm(request.POST or None, is_administrator=principal.is_administrator)
    made = secret = None
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        try:
            made, secret = create_token(
                acting=principal,
                name=form.cleaned_data["name"],
                scopes=[TokenScope(scope) for scope in form.cleaned_data["scopes"]],
                expires_at=timezone.now() + dt.timedelta(days=days) if days else None,
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            form = TokenForm(is_administrator=principal.is_administrator)
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "page": page_of(request, own_tokens(principal)),
        "now": timezone.now(),
        "tabs": account_tabs(request),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/account/tokens.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token at once."""
    token = revoke_token(acting=principal_from(request), token_id=token_id)
    messages.success(request, f"{token.name} is revoked: whatever used it is refused from now on.")
    return redirect("catalog:tokens")

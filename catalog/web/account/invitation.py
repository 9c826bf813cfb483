"""The page an invitation's link leads to: choose a name and a password, and be in."""

from __future__ import annotations

from django import forms
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from catalog.errors import InvalidInput, NotFound
from catalog.selectors.invitations import invitation_behind
from catalog.services.people import accept_invitation

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_ATTRIBUTES = {"autocomplete": "new-password"}


class AcceptForm(forms.Form):
    display_name = forms.CharField(
        label="Your name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label="User name",
        max_length=150,
        help_text="Letters, digits and . _ - @ +",
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Password",
        help_text="At least 12 characters; a few words in a row are easy to keep in mind.",
        widget=forms.PasswordInput(attrs=_ATTRIBUTES),
        strip=False,
        max_length=1000,
    )
    again = forms.CharField(
        label="The same password again",
        widget=forms.PasswordInput(attrs=_ATTRIBUTES),
        strip=False,
        max_length=1000,
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("The two passwords differ.")
        return again


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """`/invitation/<secret>/`"""
    invitation = invitation_behind(secret)
    form = AcceptForm(request.POST or None)
    if invitation is not None and request.method == "POST" and form.is_valid():
        try:
            person = accept_invitation(
                secret=secret,
                username=form.cleaned_data["username"],
                display_name=form.cleaned_data["display_name"],
                password=form.cleaned_data["password"],
            )
        except NotFound:
            invitation = None
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            login(request, person, backend=_BACKEND)
            return redirect("catalog:home")
    status = 404 if invitation is None else 400 if form.errors else 200
    context = {"invitation": invitation, "form": form}
    return render(request, "catalog/account/invitation.html", context, status=status)

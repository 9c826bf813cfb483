"""Passwords are for people whom an administrator invited; others have theirs at the directory.

Who comes in by the company's directory would else keep a way in past it: its second factor, its
rules, and the day on which it lets them go.
"""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm, SetPasswordForm
from django import forms

from catalog.models import Person


class ResetLocalPasswordForm(ResetPasswordForm):
    """Sends a link to those only who have a password here; the page says the same to all."""

    users: list[Person]

    def clean_email(self) -> str:
        """The address, with `users` found."""
        email: str = super().clean_email()
        self.users = [person for person in self.users if person.has_usable_password()]
        return email


class NoPasswordForm(SetPasswordForm):
    """Refuses a first password: accounts that have none come from the directory."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError."""
        raise forms.ValidationError(
            "You sign in through your company's directory, which keeps your password."
        )

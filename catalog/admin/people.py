"""People, their rights, tokens and invitations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ReadOnlyAdmin, ServiceAdmin, acting_in
from catalog.admin.site import site
from catalog.models import ApiToken, Domain, Invitation, Person
from catalog.selectors.directory import visible
from catalog.selectors.stewardship import stewarded_domain_ids_of
from catalog.services.people import PROFILE_FIELDS, change_person, set_stewardship
from catalog.services.tokens import revoke_token
from catalog.web.middleware import principal_from

if TYPE_CHECKING:
    _PersonForm = forms.ModelForm[Person]
else:
    _PersonForm = forms.ModelForm


class PersonForm(_PersonForm):
    """A person with a new password and the domains they steward."""

    new_password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Empty keeps the present one; a new person without one cannot sign in here.",
    )
    steward_of = forms.ModelMultipleChoiceField(queryset=Domain.objects.none(), required=False)

    class Meta:
        model = Person
        fields = [
            "username", "display_name", "email", "department", "location", "employment_kind",
            "job_role", "manager", "is_active", "is_staff", "is_superuser",
        ]  # fmt: skip


@register(Person, site=site)
class PersonAdmin(ServiceAdmin):
    """Accounts; people are made inactive, never deleted, since history names them."""

    form = PersonForm
    may_delete = False
    list_display = ["display_name", "username", "email", "department", "job_role", "is_active"]
    list_filter = ["is_active", "employment_kind", "job_role", "is_superuser"]
    search_fields = ["username", "display_name", "email"]
    autocomplete_fields = ["manager"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """With the domains to choose from and those chosen."""
        form = super().get_form(request, obj, change=change, **kwargs)
        choice: Any = form.base_fields.get("steward_of")
        if choice is not None:
            choice.queryset = visible(principal_from(request), Domain)
            choice.initial = list(stewarded_domain_ids_of(obj.pk)) if obj else []
        return form

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Account and stewardships, each through its service."""
        acting = acting_in(request)
        chosen = {domain.pk for domain in form.cleaned_data.pop("steward_of", [])}
        password = form.cleaned_data.pop("new_password", "")
        names = PROFILE_FIELDS & set(form.cleaned_data)
        stored = change_person(
            acting=acting,
            person_id=obj.pk if change else None,
            changes={name: form.cleaned_data[name] for name in names},
            password=password,
        )
        obj.pk = stored.pk
        before = stewarded_domain_ids_of(stored.pk)
        for domain_id in before ^ chosen:
            set_stewardship(
                acting=acting,
                person_id=stored.pk,
                domain_id=domain_id,
                is_steward=domain_id in chosen,
            )


@register(ApiToken, site=site)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens are made by their people; administrators may revoke them."""

    view_action = Action.ADMINISTER
    list_display = ["person", "name", "prefix", "scopes", "last_used_at", "revoked_at"]
    list_select_related = ["person"]
    exclude = ["digest"]
    actions = ["revoke"]

    @action(description="Revoke at once")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """One by one; each refusal is told."""
        for token in queryset:
            self.each(
                request,
                token,
                partial(revoke_token, acting=acting_in(request), token_id=token.pk),
            )


@register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations are made on their own page, where the link is shown once."""

    view_action = Action.ADMINISTER
    list_display = ["email", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_select_related = ["invited_by"]
    exclude = ["digest"]

"""Admins that write through services: the same permission, history and event as over REST."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin, TabularInline
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.access import AccessRefused, Action, gate
from catalog.errors import CatalogError
from catalog.selectors.directory import visible
from catalog.services.records import delete_record, save_record
from catalog.types import Principal
from catalog.web.middleware import principal_from

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Any]
    _TabularInline = TabularInline[Any, Any]
else:  # Django's admin classes take no type parameters when they run
    _ModelAdmin = ModelAdmin
    _TabularInline = TabularInline


def sentence_of(error: CatalogError | AccessRefused) -> str:
    """A refusal in words for the person in front of the screen."""
    if isinstance(error, CatalogError):
        return f"{error.field}: {error.message}" if error.field else error.message
    ask = f" Ask {error.verdict.ask}." if error.verdict.ask else ""
    return f"{error.verdict.reason}{ask}"


class ServiceAdmin(_ModelAdmin):
    """Reads through a selector; permissions come from the access port.

    Subclasses say how a row is stored and deleted. A refusal by a service is shown as a message
    and nothing is changed.
    """

    list_per_page = 50
    show_full_result_count = False
    view_action: ClassVar[Action] = Action.SEE  # what whoever reads the rows must be allowed
    change_action: ClassVar[Action] = Action.ADMINISTER
    add_action: ClassVar[Action] = Action.ADMINISTER  # and to delete
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = True

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Call the service that stores `obj`."""
        raise TypeError(f"{type(self).__name__} has no service that stores.")

    def erase(self, request: HttpRequest, obj: Any) -> None:
        """Call the service that deletes `obj`."""
        raise TypeError(f"{type(self).__name__} has no service that deletes.")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """What the person may see."""
        return visible(principal_from(request), self.model, self.view_action)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person may see anything here."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """`view_action` at the port."""
        return self._may(request, self.view_action, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Only where a service makes such rows."""
        return self.may_add and self._may(request, self.add_action)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What the service will ask, asked before the form is shown."""
        if obj is None:
            return self._may(request, self.view_action)
        return self._may(request, self.change_action, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where a service deletes such rows."""
        return self.may_delete and self._may(request, self.add_action, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        self.store(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        self.erase(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """One by one through the service; a refusal keeps that row and is told."""
        for obj in queryset:
            self.each(request, obj, partial(self.erase, request, obj))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Inlines only: many-to-many values were stored with the row, in its transaction."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Every added, changed and removed inline row through its inline's service."""
        inline = self._inline_of(formset)
        if inline is None:
            raise TypeError("An inline without a service cannot be stored.")
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            inline.erase(request, row)
        for row in rows:
            inline.store(request, row)
        formset.save_m2m = lambda: None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a refusal on the page it came from."""
        return self._refusable(request, lambda: super(ServiceAdmin, self).changeform_view(
            request, *args, **kwargs
        ))  # fmt: skip

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a refusal on the page it came from."""
        return self._refusable(request, lambda: super(ServiceAdmin, self).delete_view(
            request, *args, **kwargs
        ))  # fmt: skip

    def each(self, request: HttpRequest, obj: Any, change: Callable[[], object]) -> bool:
        """Run one change of a bulk action; tell a refusal and go on."""
        try:
            change()
        except (CatalogError, AccessRefused) as error:
            self.message_user(request, f"{obj}: {sentence_of(error)}", messages.ERROR)
            return False
        return True

    def _refusable(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return answer()
        except (CatalogError, AccessRefused) as error:
            self.message_user(request, f"Nothing was changed. {sentence_of(error)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def _inline_of(self, formset: Any) -> ServiceInline | None:
        for inline in self.inlines:
            if inline.model is formset.model and issubclass(inline, ServiceInline):
                return inline(self.model, self.admin_site)
        return None

    def _may(self, request: HttpRequest, action: Action, obj: Any = None) -> bool:
        return gate().authorize(principal_from(request), action, obj).allowed


class ServiceInline(_TabularInline):
    """Rows of a child table; each is stored and deleted by a service."""

    extra = 0
    change_action: ClassVar[Action] = Action.ADMINISTER

    def store(self, request: HttpRequest, row: Any) -> None:
        """Call the service that stores `row`."""
        raise TypeError(f"{type(self).__name__} has no service that stores.")

    def erase(self, request: HttpRequest, row: Any) -> None:
        """Call the service that deletes `row`."""
        raise TypeError(f"{type(self).__name__} has no service that deletes.")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """What the person may see: rows of a dataset that is hidden from them are not listed."""
        return visible(principal_from(request), self.model)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the parent."""
        return gate().authorize(principal_from(request), Action.SEE).allowed

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the service will ask."""
        return gate().authorize(principal_from(request), self.change_action, obj).allowed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the service will ask."""
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the service will ask."""
        return self.has_add_permission(request, obj)


class RecordAdmin(ServiceAdmin):
    """Plain records, through `services.records`."""

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """With its many-to-many values in the same transaction."""
        names = {field.name for field in self.model._meta.many_to_many}
        chosen = {name: form.cleaned_data[name] for name in names & set(form.cleaned_data)}
        save_record(obj, acting=acting_in(request), many_to_many=chosen)

    def erase(self, request: HttpRequest, obj: Any) -> None:
        """Refused while something rests on it."""
        delete_record(obj, acting=acting_in(request))


class RecordInline(ServiceInline):
    """Plain records inside their parent."""

    def store(self, request: HttpRequest, row: Any) -> None:
        """Through `services.records`."""
        save_record(row, acting=acting_in(request))

    def erase(self, request: HttpRequest, row: Any) -> None:
        """Through `services.records`."""
        delete_record(row, acting=acting_in(request))


class ReadOnlyAdmin(ServiceAdmin):
    """Rows that only Concord itself writes."""

    may_add = False
    may_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


def acting_in(request: HttpRequest) -> Principal:
    """Who changes something here."""
    return principal_from(request)

"""The council in the Django admin: seats, who sits on them, delegations, committees, flows.

Each change is the service that the pages use too; what is past is shown and never edited.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ServiceAdmin, acting_in
from catalog.admin.site import site
from governance.council.services.committees import change_committee, create_committee
from governance.council.services.delegations import delegate, end_delegation
from governance.council.services.flows import change_flow, register_flow, remove_flow
from governance.council.services.memberships import seat_person, vacate
from governance.council.services.seats import change_seat, close_seat, create_seat
from governance.models import Committee, Delegation, Flow, Membership, Seat
from governance.types import SeatKind

_REASON = "Done in the administration."


class CouncilAdmin(ServiceAdmin):
    """Whoever may propose sees the forms; the services say who may keep the council, and why not,
    as behind every other door."""

    change_action = Action.PROPOSE
    add_action = Action.PROPOSE


@register(Seat, site=site)
class SeatAdmin(CouncilAdmin):
    """Seats are closed, never deleted: their history stays."""

    may_delete = False
    list_display = [
        "name",
        "kind",
        "committee",
        "is_voting",
        "is_chair",
        "is_secretary",
        "closed_at",
    ]
    list_filter = ["kind", "committee", "is_voting"]
    search_fields = ["name"]
    fields = [
        "name", "slug", "kind", "committee", "duties", "is_voting", "is_chair", "is_secretary",
        "veto_classes", "domains", "systems",
    ]  # fmt: skip
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ["domains", "systems"]
    actions = ["close"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A seat keeps its short name and its body."""
        return [] if obj is None else ["slug", "committee"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Only where the short name can still be given."""
        return {"slug": ["name"]} if obj is None else {}

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Through `services.seats`."""
        given = form.cleaned_data
        stated: dict[str, Any] = {
            "acting": acting_in(request),
            "name": given["name"],
            "kind": SeatKind(given["kind"]),
            "duties": given["duties"],
            "is_voting": given["is_voting"],
            "is_chair": given["is_chair"],
            "is_secretary": given["is_secretary"],
            "veto_classes": given["veto_classes"],
            "domain_ids": [row.pk for row in given["domains"]],
            "system_ids": [row.pk for row in given["systems"]],
        }
        if change:
            change_seat(seat_id=obj.pk, **stated)
        else:
            committee = given["committee"]
            seat = create_seat(
                slug=given["slug"], committee_id=committee.pk if committee else None, **stated
            )
            obj.pk = seat.pk

    @action(description="Close the chosen seats")
    def close(self, request: HttpRequest, queryset: QuerySet[Seat]) -> None:
        """Their sitters leave now."""
        for seat in queryset:
            work = partial(close_seat, acting=acting_in(request), seat_id=seat.pk, reason=_REASON)
            self.each(request, seat, work)


class PastStays(CouncilAdmin):
    """Rows that are added, ended by an action, and otherwise only read."""

    may_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The list is open, since its actions end rows; a row itself is only read."""
        return obj is None and super().has_change_permission(request, obj)


@register(Membership, site=site)
class MembershipAdmin(PastStays):
    """Who sat where and when; adding one lets the former sitter leave at that instant."""

    list_display = ["seat", "person", "since", "until"]
    list_filter = ["seat"]
    fields = ["seat", "person", "since"]
    autocomplete_fields = ["seat", "person"]
    list_select_related = ["seat", "person"]
    actions = ["leave_seat"]

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Through `services.memberships`."""
        given = form.cleaned_data
        membership = seat_person(
            acting=acting_in(request),
            seat_id=given["seat"].pk,
            person_id=given["person"].pk,
            since=given["since"],
        )
        obj.pk = membership.pk

    @action(description="Let the chosen sitters leave now")
    def leave_seat(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Their seats are vacant from now on."""
        for row in queryset.select_related("seat"):
            work = partial(vacate, acting=acting_in(request), seat_id=row.seat_id, reason=_REASON)
            self.each(request, row, work)


@register(Delegation, site=site)
class DelegationAdmin(PastStays):
    """Everybody's delegations; one adds only one's own."""

    list_display = ["giver", "taker", "domain", "since", "until", "ended_at"]
    fields = ["taker", "domain", "since", "until", "reason"]
    autocomplete_fields = ["taker", "domain"]
    list_select_related = ["giver", "taker", "domain"]
    actions = ["end"]

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Through `services.delegations`, as the giver."""
        given = form.cleaned_data
        made = delegate(
            acting=acting_in(request),
            taker_id=given["taker"].pk,
            domain_id=given["domain"].pk if given["domain"] else None,
            since=given["since"],
            until=given["until"],
            reason=given["reason"],
        )
        obj.pk, obj.giver = made.pk, made.giver

    @action(description="End the chosen delegations")
    def end(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> None:
        """At once."""
        for row in queryset:
            work = partial(end_delegation, acting=acting_in(request), delegation_id=row.pk)
            self.each(request, row, work)


@register(Committee, site=site)
class CommitteeAdmin(CouncilAdmin):
    """Sub-councils with a slice of the kinds of agreements (R-098)."""

    may_delete = False
    list_display = ["name", "slug", "kinds"]
    search_fields = ["name"]
    fields = ["name", "slug", "purpose", "kinds"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Charters and links name the short name."""
        return [] if obj is None else ["slug"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Only where the short name can still be given."""
        return {"slug": ["name"]} if obj is None else {}

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Through `services.committees`."""
        given = form.cleaned_data
        stated: dict[str, Any] = {
            "acting": acting_in(request),
            "name": given["name"],
            "purpose": given["purpose"],
            "kinds": given["kinds"],
        }
        if change:
            change_committee(committee_id=obj.pk, **stated)
        else:
            obj.pk = create_committee(slug=given["slug"], **stated).pk


@register(Flow, site=site)
class FlowAdmin(CouncilAdmin):
    """The register of flows between systems (R-098)."""

    list_display = ["entity", "source", "target", "method", "cadence", "owner"]
    search_fields = ["entity", "method"]
    autocomplete_fields = ["source", "target", "owner", "owner_team"]
    list_select_related = ["source", "target", "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A flow between other systems is another flow."""
        return [] if obj is None else ["source", "target"]

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Through `services.flows`."""
        given = form.cleaned_data
        stated: dict[str, Any] = {
            "acting": acting_in(request),
            "entity": given["entity"],
            "method": given["method"],
            "cadence": given["cadence"],
            "owner_id": given["owner"].pk,
            "owner_team_id": given["owner_team"].pk if given["owner_team"] else None,
            "note": given["note"],
        }
        if change:
            change_flow(flow_id=obj.pk, **stated)
        else:
            flow = register_flow(
                source_id=given["source"].pk, target_id=given["target"].pk, **stated
            )
            obj.pk = flow.pk

    def erase(self, request: HttpRequest, obj: Any) -> None:
        """Through `services.flows`."""
        remove_flow(acting=acting_in(request), flow_id=obj.pk, reason=_REASON)

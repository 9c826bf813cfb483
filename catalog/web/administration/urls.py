"""The addresses of administration; part of the catalog's."""

from __future__ import annotations

from django.urls import path

from catalog.web.administration import events, invitations, overview, people

_ROOM = "administration"

urlpatterns = [
    path("style-guide/", overview.style_guide, name="style_guide"),
    path(f"{_ROOM}/", overview.administration, name="administration"),
    path(f"{_ROOM}/people/", people.administered_people, name="admin_people"),
    path(f"{_ROOM}/people.csv", people.people_csv, name="admin_people_csv"),
    path(f"{_ROOM}/people/<int:person_id>/", people.person, name="admin_person"),
    path(
        f"{_ROOM}/people/<int:person_id>/steward/<int:domain_id>/",
        people.steward,
        name="admin_steward",
    ),
    path(f"{_ROOM}/invitations/", invitations.invitations, name="invitations"),
    path(
        f"{_ROOM}/invitations/<int:invitation_id>/renew/",
        invitations.renew,
        name="renew_invitation",
    ),
    path(
        f"{_ROOM}/invitations/<int:invitation_id>/revoke/",
        invitations.revoke,
        name="revoke_invitation",
    ),
    path(f"{_ROOM}/events/", events.events, name="events"),
    path(f"{_ROOM}/events.csv", events.events_csv, name="events_csv"),
    path(f"{_ROOM}/events/parked/<int:parked_id>/retry/", events.retry, name="retry_parked"),
]

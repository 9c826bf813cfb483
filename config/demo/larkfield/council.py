"""The council of Larkfield: its seats, who sat on them when, and who stands in for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from catalog.models import Domain, Person, System
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from config.demo.larkfield.text import read_text
from governance.council.services.delegations import delegate
from governance.council.services.memberships import seat_person, vacate
from governance.council.services.seats import create_seat
from governance.models import Seat
from governance.types import SeatKind

Happening = tuple[dt.datetime, Callable[[], object]]
COUNCIL = Principal.system("demonstration")


def happenings() -> list[Happening]:
    """What happens to the council, each at its instant; seats come before who sits on them."""
    text = read_text("council.yaml")
    found: list[Happening] = [(morning(text["sits_from"]), _make_seats)]
    for seat in text["seats"]:
        for membership in seat["memberships"]:
            found.append((morning(membership["from"]), _seating(seat["key"], membership)))
            if "to" in membership:
                found.append((morning(membership["to"]), _vacating(seat["key"])))
    for text_of in text["delegations"]:
        found.append((morning(text_of["from"]), _delegating(text_of)))
    return found


def person(username: str) -> Person:
    """Somebody of the company."""
    return Person.objects.get(username=username)


def acting_as(username: str) -> Principal:
    """The principal of somebody of the company, as if they had signed in."""
    return principal_of(person(username))


def morning(day: dt.date) -> dt.datetime:
    """The beginning of a day, in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _make_seats() -> None:
    domains = dict(Domain.objects.values_list("slug", "pk"))
    systems = dict(System.objects.order_by("-pk").values_list("display_name", "pk"))
    for seat in read_text("council.yaml")["seats"]:
        create_seat(
            acting=COUNCIL,
            name=seat["title"],
            slug=seat["key"],
            kind=SeatKind(seat["type"]),
            is_chair=seat["key"] == "chair",
            is_secretary=seat["key"] == "data-system-architect",
            veto_classes=[seat["veto_class"]] if "veto_class" in seat else (),
            domain_ids=[domains[seat["domain"]]] if "domain" in seat else (),
            system_ids=[systems[name] for name in seat.get("systems", ())],
        )


def _seating(key: str, membership: dict[str, Any]) -> Callable[[], object]:
    return lambda: seat_person(
        acting=COUNCIL,
        seat_id=Seat.objects.get(slug=key).pk,
        person_id=person(membership["person"]).pk,
    )


def _vacating(key: str) -> Callable[[], object]:
    return lambda: vacate(acting=COUNCIL, seat_id=Seat.objects.get(slug=key).pk)


def _delegating(text: dict[str, Any]) -> Callable[[], object]:
    def give() -> object:
        domain = Domain.objects.filter(slug=text.get("domain", "")).first()
        return delegate(
            acting=acting_as(text["giver"]),
            taker_id=person(text["taker"]).pk,
            until=morning(text["to"]),
            domain_id=domain.pk if domain else None,
            reason=text["reason"],
        )

    return give

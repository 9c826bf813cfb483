"""Committees: sub-councils with a slice of the kinds of agreements (R-098)."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.text import slugify

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.agreements.kinds import kinds as known_kinds
from governance.council.services.authority import require_keeper
from governance.council.services.council_lock import hold_council
from governance.council.services.words import needed_text
from governance.models import Committee


def create_committee(
    *, acting: Principal, name: str, purpose: str, kinds: Collection[str] = (), slug: str = ""
) -> Committee:
    """A committee to which proposals of these kinds can be routed; its seats are made for it.

    Raises InvalidInput for an unknown kind, Conflict for a name or short name that is taken.
    """
    require_keeper(acting)
    committee = Committee(
        name=needed_text(name, field="name", what="the name of the committee", limit=200),
        slug=slugify(slug or name)[:100],
        purpose=needed_text(purpose, field="purpose", what="what the committee is for"),
        kinds=_known(kinds),
    )
    if not committee.slug:
        raise InvalidInput("Give the committee a name with letters or digits.", field="name")
    with writing(acting):
        hold_council()
        _check_name(committee)
        if Committee.objects.filter(slug=committee.slug).exists():
            raise Conflict(
                f"The short name {committee.slug!r} is taken: choose another.", field="slug"
            )
        committee.save()
        record(RecordChanged(change="created"), committee, acting=acting)
    return committee


def change_committee(
    *,
    acting: Principal,
    committee_id: int,
    name: str | None = None,
    purpose: str | None = None,
    kinds: Collection[str] | None = None,
) -> Committee:
    """Change what is given; the short name stays, since charters and links name it."""
    require_keeper(acting)
    with writing(acting):
        hold_council()
        committee = Committee.objects.filter(pk=committee_id).first()
        if committee is None:
            raise NotFound("There is no such committee.")
        if name is not None:
            committee.name = needed_text(
                name, field="name", what="the name of the committee", limit=200
            )
            _check_name(committee)
        if purpose is not None:
            committee.purpose = needed_text(
                purpose, field="purpose", what="what the committee is for"
            )
        if kinds is not None:
            committee.kinds = _known(kinds)
        committee.save()
        record(RecordChanged(change="changed"), committee, acting=acting)
    return committee


def _check_name(committee: Committee) -> None:
    taken = Committee.objects.exclude(pk=committee.pk).filter(name__iexact=committee.name)
    if taken.exists():
        raise Conflict(
            f"There is a committee {committee.name!r} already: choose another name.", field="name"
        )


def _known(kinds: Collection[str]) -> list[str]:
    for kind in kinds:
        if kind not in known_kinds:
            raise InvalidInput(f"There is no kind of agreement {kind!r}.", field="kinds")
    return sorted(set(kinds))

"""Who hears of a change without being asked: recent users and followers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from catalog.models import DatasetUse, Follow, Person
from governance.models import Watch
from governance.proposals.impact.answers import SignerSpec
from governance.proposals.impact.graph import Reach
from governance.types import SignerReason, SignerRole
from lineage.selectors.walking import id_list

USE_DAYS = 90
MOST_INFORMED = 500


def informed(
    reach: Reach, keys: Collection[str], at: dt.datetime, asked: Collection[int]
) -> tuple[int, list[SignerSpec]]:
    """How many people used something affected in 90 days or follow it, and the first 500 of them:
    those nearest to the change. People who are `asked` already are left out."""
    ids = [*reach.distances, *reach.behind]
    since = at.date() - dt.timedelta(days=USE_DAYS)
    uses = DatasetUse.objects.filter(
        dataset__in=id_list(ids), day__gte=since, day__lte=at.date(), person__isnull=False
    )
    follows = Follow.objects.filter(dataset__in=id_list(ids))
    nearest: dict[int, tuple[int, str, str, int]] = {}
    for reason, rows in (
        (SignerReason.USER, uses.order_by().values_list("person_id", "dataset_id").distinct()),
        (SignerReason.FOLLOWER, follows.order_by().values_list("person_id", "dataset_id")),
    ):
        for person_id, dataset_id in rows:
            found = (
                reach.distance(dataset_id), reach.facts[dataset_id].name, reason.value, dataset_id
            )  # fmt: skip
            nearest[person_id] = min(nearest.get(person_id, found), found)
    watching = Watch.objects.filter(subject_key__in=keys).values_list("person_id", "subject_key")
    watched = dict(watching.order_by("-subject_key"))
    everybody = (nearest.keys() | watched.keys()) - set(asked)
    people = {
        person.pk: person
        for person in Person.objects.filter(pk__in=id_list(everybody), is_active=True)
    }
    ordered = sorted(
        people.values(),
        key=lambda person: (nearest.get(person.pk, (0,))[0], str(person), person.pk),
    )
    ordered, count = ordered[:MOST_INFORMED], len(ordered)
    paths = reach.paths(nearest[person.pk][3] for person in ordered if person.pk in nearest)
    told = [
        _by_use(person, nearest[person.pk], reach, paths)
        if person.pk in nearest
        else SignerSpec(
            SignerRole.INFORMED, SignerReason.FOLLOWER, str(person),
            f"{person} follows {watched[person.pk]}.", (watched[person.pk],), person_id=person.pk,
        )
        for person in ordered
    ]  # fmt: skip
    return count, told


def _by_use(
    person: Person,
    found: tuple[int, str, str, int],
    reach: Reach,
    paths: Mapping[int, tuple[int, ...]],
) -> SignerSpec:
    _, name, reason, dataset_id = found
    path = paths[dataset_id]
    used = f"used {name} in the last {USE_DAYS} days"
    return SignerSpec(
        role=SignerRole.INFORMED,
        reason=SignerReason(reason),
        label=str(person),
        explanation=f"{person} {used if reason == SignerReason.USER else f'follows {name}'}.",
        path=tuple(reach.facts[pk].name for pk in path),
        path_ids=path,
        person_id=person.pk,
    )

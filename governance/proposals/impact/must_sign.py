"""Who must sign, who is consulted: one answer for each party that a change touches (3.4).

Silence of the unaffected is consent; silence of the affected is not. A party is a domain wherever
there is one. It must sign when it owns what is changed, answers for the system of record, owns a
consumer that is governed, has the veto over a class of data that is changed, or owns the other
side of an open conflict. Whoever else uses it, known or not, is consulted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from governance.proposals.impact.graph import Facts, Reach
from governance.types import SignerReason, SignerRole


class PartyKind(StrEnum):
    """What can be touched: a domain, or what stands for it where data has none."""

    DOMAIN = "domain"
    TEAM = "team"
    PERSON = "person"
    SYSTEM = "system"
    CLASS = "class"
    PROPOSAL = "proposal"
    NOBODY = "nobody"


class Party(NamedTuple):
    """Somebody who is asked once: a row's id, or for a class of data its veto and root in words."""

    kind: PartyKind
    id: int = 0
    text: str = ""


NOBODY = Party(PartyKind.NOBODY)


class Ground(NamedTuple):
    """One reason to ask a party: an object, how far it is and what it is called.

    `dataset_id` is 0 where the object is none; `detail` says what of it matters, in words.
    """

    reason: SignerReason
    distance: int
    name: str
    dataset_id: int = 0
    detail: str = ""


@dataclass(slots=True)
class Asked:
    """A party with its role and the ground nearest to the change; `objects` counts the objects
    that give it this role."""

    party: Party
    role: SignerRole
    ground: Ground
    objects: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a change touches before anybody is named.

    `targets` are the datasets that it binds. `grounds` are the reasons that lie in no lineage:
    systems of record, classes of data, conflicts, the agreement's own domain. `owners` names who
    answers for datasets without a domain. `unread` are datasets whose statement was not understood,
    `mentioning` those of them that name a target without being connected to it.
    """

    reach: Reach
    targets: Collection[int]
    grounds: Iterable[tuple[Party, Ground]] = ()
    owners: Mapping[int, Party] = field(default_factory=dict)
    unread: Collection[int] = frozenset()
    mentioning: Mapping[int, Facts] = field(default_factory=dict)


_ORDER = {reason: position for position, reason in enumerate(SignerReason)}
_MUST = frozenset(
    {
        SignerReason.OWNS_TARGET,
        SignerReason.OWNS_SOURCE,
        SignerReason.SYSTEM_OF_RECORD,
        SignerReason.GOVERNED_CONSUMER,
        SignerReason.CLASSIFICATION,
        SignerReason.OTHER_SIDE_OF_CONFLICT,
    }
)


def must_sign(question: Question) -> list[Asked]:
    """Every party touched, once, by role and then by party; must-sign beats consulted.

    Of several grounds the nearest one stands, then the weightier reason, a dataset before anything
    else, and then the alphabetically first.
    """
    asked: dict[Party, Asked] = {}
    grounds = [(party, ground, 1) for party, ground in question.grounds]
    for party, ground, objects in (*_targets(question), *grounds, *_consumers(question)):
        role = SignerRole.MUST_SIGN if ground.reason in _MUST else SignerRole.CONSULTED
        known = asked.get(party)
        if known is None or (role is SignerRole.MUST_SIGN and known.role is not role):
            asked[party] = Asked(party, role, ground, objects)
        elif role is known.role:
            known.objects += objects
            known.ground = min(known.ground, ground, key=_weight)
    return sorted(asked.values(), key=lambda item: (item.role != SignerRole.MUST_SIGN, item.party))


def _weight(ground: Ground) -> tuple[int, int, bool, str, int]:
    return (
        ground.distance,
        _ORDER[ground.reason],
        not ground.dataset_id,
        ground.name,
        ground.dataset_id,
    )


def _targets(question: Question) -> Iterable[tuple[Party, Ground, int]]:
    facts = question.reach.facts
    of_party: dict[Party, list[Facts]] = defaultdict(list)
    for pk in question.targets:
        if pk in facts:
            party = _domain(facts[pk]) or question.owners.get(pk, NOBODY)
            of_party[party].append(facts[pk])
    for party, found in of_party.items():
        first = min(found, key=_by_name)
        yield party, Ground(SignerReason.OWNS_TARGET, 0, first.name, first.id), len(found)


class _Group:
    """Consumers of one party for one reason: how many, and the nearest of them."""

    __slots__ = ("count", "distance", "nearest")

    def __init__(self) -> None:
        self.count = 0
        self.distance = 0
        self.nearest: list[Facts] = []

    def add(self, facts: Facts, distance: int) -> None:
        if not self.count or distance < self.distance:
            self.distance, self.nearest = distance, [facts]
        elif distance == self.distance:
            self.nearest.append(facts)
        self.count += 1


def _consumers(question: Question) -> Iterable[tuple[Party, Ground, int]]:
    reach, targets = question.reach, question.targets
    groups: dict[tuple[int | Party, SignerReason, str], _Group] = defaultdict(_Group)
    for pk, distance in reach.distances.items():
        if pk not in targets:
            facts = reach.facts[pk]
            groups[_asked_of(question, facts, pk in reach.excluded)].add(facts, distance)
    for pk in reach.behind:
        facts = reach.facts[pk]
        groups[_asked_of(question, facts, True)].add(facts, reach.distance(pk))
    for facts in question.mentioning.values():
        asked = _domain(facts) or _owner(question, facts)
        groups[(asked, SignerReason.UNKNOWN_CONSUMER, "unread")].add(facts, 1)
    for (whom, reason, detail), group in groups.items():
        party = whom if isinstance(whom, Party) else Party(PartyKind.DOMAIN, whom)
        first = min(group.nearest, key=_by_name)
        words = first.governed[0] if reason is SignerReason.GOVERNED_CONSUMER else detail
        yield party, Ground(reason, group.distance, first.name, first.id, words), group.count


def _asked_of(
    question: Question, facts: Facts, is_hub: bool
) -> tuple[int | Party, SignerReason, str]:
    """Whom a consumer makes us ask, a domain by its id alone, why, and what of it matters."""
    domain = facts.domain_id
    if domain is None:
        return _owner(question, facts), SignerReason.UNKNOWN_CONSUMER, "unowned"
    if is_hub:
        return domain, SignerReason.CONSUMER, "hub"
    if facts.governed:
        return domain, SignerReason.GOVERNED_CONSUMER, ""
    if facts.id in question.unread:
        return domain, SignerReason.UNKNOWN_CONSUMER, "unread"
    return domain, SignerReason.CONSUMER, ""


def _by_name(facts: Facts) -> tuple[str, int]:
    return facts.name, facts.id


def _owner(question: Question, facts: Facts) -> Party:
    """Whom to ask of a consumer without a domain: its owner, else who operates the system."""
    return question.owners.get(facts.id) or Party(PartyKind.SYSTEM, facts.system_id)


def _domain(facts: Facts) -> Party | None:
    return Party(PartyKind.DOMAIN, facts.domain_id) if facts.domain_id is not None else None

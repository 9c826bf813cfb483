"""Putting an impact together: bindings, reach, who is asked, scope, lists, digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeAlias

from catalog.models import ConsumerOffset, Domain
from catalog.types import Principal
from governance.agreements.canonical import digest
from governance.agreements.kinds.charter import rules_in_force
from governance.clock import now
from governance.models import Proposal
from governance.proposals.impact.answers import Impact, SignerSpec
from governance.proposals.impact.classes import common_name
from governance.proposals.impact.graph import Reach, walk
from governance.proposals.impact.must_sign import Asked, PartyKind, Question, must_sign
from governance.proposals.impact.wording import explanation
from governance.proposals.rules.scope import ScopeVerdict, decide_scope
from governance.proposals.selectors.impact.binding import Bound
from governance.proposals.selectors.impact.edges import StoredGraph
from governance.proposals.selectors.impact.grounds import (
    Grounds,
    grounds_of,
    mentioning,
    owners_of,
    unread_datasets,
)
from governance.proposals.selectors.impact.informed import informed
from governance.proposals.selectors.impact.lists import listed
from governance.proposals.selectors.impact.people import Answerer, People
from governance.proposals.selectors.impact.places import places_of
from governance.proposals.selectors.recusals import recused_people
from governance.types import SignerReason, SignerRole, VetoClass

_VETO_WORDS = {
    VetoClass.LEGAL: "Legal",
    VetoClass.SECURITY: "Security",
    VetoClass.FINANCE: "Finance",
}


Paths: TypeAlias = Mapping[int, tuple[int, ...]]
"""Shortest ways through datasets, by the dataset at their end."""


def assess(principal: Principal, bound: Bound, proposal: Proposal | None = None) -> Impact:
    """Whom and what the bound objects touch, of what the principal may see."""
    instant = now()
    starts = bound.starts()
    graph = StoredGraph(principal, rules_in_force(instant).hub_tags, starts)
    reach = walk(graph, starts)
    grounds = grounds_of(principal, bound, reach, proposal)
    unread = unread_datasets()
    named = mentioning({pk: reach.facts[pk] for pk in bound.targets & reach.facts.keys()}, unread)
    mentioned = graph.facts(named - reach.facts.keys())
    found = must_sign(
        Question(
            reach=reach,
            targets=bound.targets,
            grounds=grounds.found,
            owners=owners_of(_homeless(reach, mentioned)),
            unread=unread,
            mentioning={pk: each for pk, each in mentioned.items() if not each.is_ended},
        )
    )
    people = People(instant, recused_people(proposal) if proposal is not None else ())
    signers = _named(found, reach, grounds, people)
    counts, content = listed(bound, reach, mentioned, unread)
    asked_ids = {signer.person_id for signer in signers if signer.person_id is not None}
    counts["informed"], told = informed(
        reach, {*bound.keys, *({proposal.key} if proposal else ())}, instant, asked_ids
    )
    for role in (SignerRole.MUST_SIGN, SignerRole.CONSULTED):
        counts[role.value] = sum(signer.role is role for signer in signers)
    signers += told
    verdict = _scope(bound, reach, proposal)
    return Impact(
        verdict=verdict,
        counts=counts,
        content=content,
        signers=tuple(signers),
        graph_version=_graph_version(),
        digest=digest(
            {
                "scope": asdict(verdict),
                "counts": counts,
                "content": content,
                "signers": [asdict(signer) for signer in signers],
            }
        ),
    )


def _homeless(reach: Reach, mentioned: Collection[int]) -> list[int]:
    return [
        *(pk for pk, facts in reach.facts.items() if facts.domain_id is None),
        *mentioned,
    ]


def _named(
    found: Sequence[Asked], reach: Reach, grounds: Grounds, people: People
) -> list[SignerSpec]:
    """The parties with who answers for them, by role and label."""
    plain = [asked for asked in found if asked.party.kind is not PartyKind.CLASS]
    answerers = people.answerers([asked.party for asked in plain])
    nearest = {asked.ground.dataset_id for asked in found}
    paths = reach.paths(pk for pk in nearest if reach.holds(pk))
    signers = [_signer(asked, answerers[asked.party], reach, paths) for asked in plain]
    for asked in found:
        if asked.party.kind is PartyKind.CLASS:
            _add_class(asked, reach, paths, grounds, people, signers)
    roles = list(SignerRole)
    return sorted(signers, key=lambda signer: (roles.index(signer.role), signer.label))


def _add_class(
    asked: Asked,
    reach: Reach,
    paths: Paths,
    grounds: Grounds,
    people: People,
    signers: list[SignerSpec],
) -> None:
    """Ask the seat with the veto over a class of data, unless that seat must sign already.

    Financial data asks nobody more than its owners where the council has no seat for it.
    """
    veto, names = grounds.classes[asked.party]
    answerer = people.of_veto(veto)
    if answerer is None:
        if veto is VetoClass.FINANCE:
            return
        answerer = Answerer(
            "", f"No seat of the council has the {_VETO_WORDS[veto]} veto yet: name one."
        )
    name = common_name(names)
    for position, signer in enumerate(signers):
        same_seat = signer.via_seat_id is not None and signer.via_seat_id == answerer.seat_id
        if same_seat and signer.domain_id is not None and signer.role is SignerRole.MUST_SIGN:
            more = f"{signer.explanation} The seat answers for {name} as well."
            signers[position] = replace(signer, explanation=more)
            return
    label = f"{_VETO_WORDS[veto]} for {name}"
    signers.append(_signer(asked, replace(answerer, label=label), reach, paths))


def _signer(asked: Asked, answerer: Answerer, reach: Reach, paths: Paths) -> SignerSpec:
    ground = asked.ground
    ids = paths.get(ground.dataset_id, ())
    path = tuple(reach.facts[pk].name for pk in ids) or (ground.name,)
    if not ids and ground.reason is SignerReason.OWNS_SOURCE:
        ids = (ground.dataset_id,)
    return SignerSpec(
        role=asked.role,
        reason=ground.reason,
        label=answerer.label[:300],
        explanation=explanation(asked, answerer.label, answerer.how, path),
        path=path,
        path_ids=ids,
        domain_id=answerer.domain_id,
        person_id=answerer.person_id,
        team_id=answerer.team_id,
        via_seat_id=answerer.seat_id,
        objects_count=asked.objects,
    )


def _scope(bound: Bound, reach: Reach, proposal: Proposal | None) -> ScopeVerdict:
    counted = [
        *(reach.facts[pk] for pk in sorted((bound.targets | bound.hosted) & reach.facts.keys())),
        *(
            reach.facts[pk]
            for pk in reach.consumers()
            if reach.facts[pk].governed and pk not in bound.targets
        ),
    ]
    own = Domain.objects.filter(pk__in=bound.own_domains).values_list("name", flat=True)
    return decide_scope(
        places_of(counted),
        own_domains=set(own),
        is_raised=proposal is not None and proposal.scope_raised,
        in_force=bound.in_force,
    )


def _graph_version() -> int:
    offset = ConsumerOffset.objects.filter(consumer="lineage").values_list("event_id", flat=True)
    return offset.first() or 0

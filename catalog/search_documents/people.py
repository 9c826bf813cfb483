"""The documents of domains, teams and people."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Domain, Person, Team
from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term


def domain_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these domains, in one query."""
    documents = []
    for domain in Domain.objects.filter(pk__in=ids).select_related("parent", "owner_team"):
        owner = domain.owner_team.name if domain.owner_team else ""
        terms = [Term("kind", "domain"), Term("domain", domain.name)]
        if domain.description:
            terms.append(Term("has", "description"))
        if owner:
            terms += [Term("owner", owner), Term("has", "owner")]
        documents.append(
            SearchDocument(
                kind="domain",
                id=domain.pk,
                name=domain.name,
                qualified_name=domain.slug,
                place=(domain.parent.name,) if domain.parent else (),
                description=domain.description,
                texts=(owner,),
                terms=tuple(terms),
                facts=HitFacts(domain=domain.name, owners=(owner,) if owner else ()),
            )
        )
    return documents


def team_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these teams, in two queries."""
    return [
        SearchDocument(
            kind="team",
            id=team.pk,
            name=team.name,
            qualified_name=team.name,
            description=team.description,
            texts=(
                team.kind.replace("_", " "),
                " ".join(str(person) for person in team.members.all()),
            ),
            terms=(
                Term("kind", "team"),
                Term("type", team.kind),
                *([Term("has", "description")] if team.description else []),
            ),
            facts=HitFacts(type=team.kind),
        )
        for team in Team.objects.filter(pk__in=ids).prefetch_related("members")
    ]


def person_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these people, in two queries; who left comes after those who are here."""
    documents = []
    for person in Person.objects.filter(pk__in=ids).prefetch_related("teams"):
        teams = tuple(team.name for team in person.teams.all())
        role = person.job_role.replace("_", " ")
        documents.append(
            SearchDocument(
                kind="person",
                id=person.pk,
                name=str(person),
                qualified_name=person.username,
                place=(person.department,) if person.department else (),
                other_names=(person.username,),
                synonyms=(person.username, *teams),
                description=", ".join(filter(None, (role, person.department, person.location))),
                terms=(Term("kind", "person"),),
                is_demoted=not person.is_active,
                facts=HitFacts(is_demoted=not person.is_active),
            )
        )
    return documents

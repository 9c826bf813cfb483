"""The writes of the way from an empty catalog to the first agreement (R-028)."""

from __future__ import annotations

from django.utils.text import slugify

from catalog.errors import InvalidInput
from catalog.models import Domain, Team, TeamMembership
from catalog.selectors.directory import domains, get_person
from catalog.services.curation import change_dataset
from catalog.services.records import save_record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.council.services.words import needed_text
from governance.culture.selectors.first_steps import dataset_to_begin_with, suggested_term
from governance.models import Proposal
from governance.proposals.services.drafting import create_draft
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec

RATIONALE = "The first word that we agree on, taken from where its data lies."
NO_EVIDENCE = "Its data is named; nobody has counted by it yet."


def start_domain(*, acting: Principal, dataset_id: int, name: str, username: str = "") -> Domain:
    """Give a dataset the part of the business that it belongs to, by name. One that is not there
    yet is made, with a team of whoever acts and the colleague `username`, for it takes two to
    agree.

    Whoever may change the dataset may choose a domain, and administrators make one. Raises
    NotFound, and InvalidInput that names the field.
    """
    dataset = dataset_to_begin_with(acting, dataset_id)
    said = needed_text(name, field="name", what="which part of the business it belongs to")
    with writing(acting, reason="First steps"):
        domain = domains(acting).filter(name__iexact=said).first()
        if domain is None:
            domain = _made(acting, said, username)
        change_dataset(acting=acting, dataset_id=dataset.pk, changes={"domain": domain.pk})
    return domain


def propose_first_term(
    *,
    acting: Principal,
    dataset_id: int,
    column: str = "",
    label: str = "",
    definition: str = "",
    example: str = "",
) -> Proposal:
    """Propose a word for a column or a dataset and submit it at once; what is left empty is as
    `suggested_term` says. Raises InvalidInput with what stands against it; nothing is kept then."""
    suggested = suggested_term(
        acting, dataset_id, column, label=label, definition=definition, example=example
    )
    title = suggested.document["label"]
    with writing(acting):
        made = create_draft(
            acting=acting,
            title=title,
            ask=f"Agree to “{title}”."[:300],
            changes=[ChangeSpec(ChangeOp.CREATE, "term", "", dict(suggested.document))],
            rationale=RATIONALE,
            no_evidence_reason=NO_EVIDENCE,
        )
        return submit(acting=acting, key=made.key)


def _made(acting: Principal, name: str, username: str) -> Domain:
    if not username.strip():
        raise InvalidInput(
            "Name a colleague by user name: it takes two to agree on a word.", field="username"
        )
    colleague = get_person(acting, username.strip())
    if colleague.pk == acting.person_id:
        raise InvalidInput("Name somebody else than yourself.", field="username")
    team = save_record(Team(name=f"{name} people"), acting=acting)
    for person_id in sorted({colleague.pk, acting.person_id or colleague.pk}):
        save_record(TeamMembership(team=team, person_id=person_id), acting=acting)
    domain = Domain(name=name, slug=slugify(name)[:200], owner_team=team)
    return save_record(domain, acting=acting)

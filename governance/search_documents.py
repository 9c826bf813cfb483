"""What of governance is searchable: terms, data states, rules, opt-outs and other agreements,
proposals and decisions, by their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term
from catalog.search.registry import SearchKind, ids_of, kinds, same
from governance.addresses import agreement_address, decision_address, proposal_address
from governance.agreements.kinds import kinds as agreement_kinds
from governance.models import Agreement, AgreementVersion, Decision, Proposal
from governance.types import AgreementState

# Fields of documents that hold other words for the same thing.
_SYNONYMS = ("alt_labels", "acronyms", "hidden_labels")
# Kinds of agreements that people look for as such; the others are found as agreements.
_OWN_KINDS = {
    "term": "term",
    "data_state": "data_state",
    "schema_rule": "rule",
    "permission_policy": "opt_out",
}
_LABELS = {
    "term": ("Glossary terms", "term"),
    "data_state": ("Data states", "agreements"),
    "rule": ("Schema rules", "agreements"),
    "opt_out": ("Opt-outs", "opted-out"),
    "agreement": ("Agreements", "agreements"),
}
_IMPORTANT = 60  # of 100: what is agreed comes before what merely bears the name


def agreement_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Agreements by title, synonyms and what they say, in two queries. What is only proposed is
    found as its proposal, and absent here as it is from lists of agreements."""
    latest = {
        version.agreement_id: version
        for version in AgreementVersion.objects.filter(agreement__in=ids).order_by("number")
    }
    return [
        _agreement(agreement, latest.get(agreement.pk))
        for agreement in Agreement.objects.filter(pk__in=ids)
        .exclude(state=AgreementState.PROPOSED)
        .select_related("domain")
    ]


def searched_as(kind: str) -> str:
    """The searchable kind of a kind of agreement."""
    return _OWN_KINDS.get(kind, "agreement")


def proposal_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Proposals by key, title, ask and reasons; drafts belong to their authors and are absent."""
    return [
        SearchDocument(
            kind="proposal",
            id=proposal.pk,
            name=proposal.title,
            qualified_name=proposal.key,
            place=("Proposals",),
            other_names=(proposal.key,),
            description=proposal.ask,
            texts=(proposal.current.rationale if proposal.current else "",),
            terms=(
                Term("kind", "proposal"),
                Term("type", proposal.kind),
                Term("state", proposal.state),
            ),
            facts=HitFacts(type=proposal.kind),
        )
        for proposal in Proposal.objects.filter(pk__in=ids)
        .exclude(state="draft")
        .select_related("current")
    ]


def decision_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Decisions by key and sentence."""
    return [
        SearchDocument(
            kind="decision",
            id=decision.pk,
            name=decision.sentence,
            qualified_name=decision.key,
            place=("Decisions",),
            other_names=(decision.key, decision.proposal.key),
            terms=(Term("kind", "decision"), Term("state", decision.outcome)),
            facts=HitFacts(type=decision.outcome),
        )
        for decision in Decision.objects.filter(pk__in=ids).select_related("proposal")
    ]


def _agreement(agreement: Agreement, version: AgreementVersion | None) -> SearchDocument:
    kind = agreement_kinds.get(agreement.kind)
    document: dict[str, Any] = version.document if version else {}
    gone = agreement.state in (AgreementState.DEPRECATED, AgreementState.RETIRED)
    domain = agreement.domain
    kind_of_search = searched_as(agreement.kind)
    return SearchDocument(
        kind=kind_of_search,
        id=agreement.pk,
        name=agreement.title,
        qualified_name=agreement.key,
        place=(kind.plural[0].upper() + kind.plural[1:],),
        other_names=_other_names(agreement, document),
        description=_sentence(agreement, document),
        texts=tuple(_texts(_told(agreement, document))),
        terms=(
            Term("kind", kind_of_search),
            Term("type", agreement.kind),
            Term("state", agreement.state),
            *((Term("domain", domain.name),) if domain else ()),
        ),
        importance=0 if gone else _IMPORTANT,
        is_demoted=gone,
        facts=HitFacts(type=agreement.kind, domain=domain.name if domain else "", is_demoted=gone),
    )


def _other_names(agreement: Agreement, document: dict[str, Any]) -> tuple[str, ...]:
    """Its short name, the word without what tells it apart, and other words for the same."""
    names = [agreement.key.partition(":")[2]]
    if document.get("label"):
        names.append(document["label"])
    return (*names, *(word for field in _SYNONYMS for word in document.get(field) or ()))


def _sentence(agreement: Agreement, document: dict[str, Any]) -> str:
    if not document:
        return ""
    kind = agreement_kinds.get(agreement.kind)
    return kind.sentence(kind.document_type.model_validate(document))


def _told(agreement: Agreement, document: dict[str, Any]) -> dict[str, Any]:
    """A document without what not every reader may read."""
    withheld = agreement_kinds.get(agreement.kind).withheld(document)
    return {name: value for name, value in document.items() if name not in withheld}


def _texts(value: Any) -> Collection[str]:
    """Every text of a document that has more than one word."""
    if isinstance(value, str):
        return [value] if " " in value else []
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return []


def _kind_of(name: str) -> SearchKind:
    """The searchable kind of some kinds of agreements."""
    label, icon = _LABELS[name]
    if name == "agreement":
        stored = Agreement.objects.exclude(kind__in=_OWN_KINDS)
    else:
        stored = Agreement.objects.filter(
            kind__in=[kind for kind, own in _OWN_KINDS.items() if own == name]
        )

    def those(ids: Collection[int]) -> Collection[int]:
        return list(stored.filter(pk__in=ids).values_list("pk", flat=True))

    def in_domains(ids: Collection[int]) -> Collection[int]:
        return list(stored.filter(domain_id__in=ids).values_list("pk", flat=True))

    return SearchKind(
        name,
        label,
        agreement_documents,
        ids_of(stored),
        visible=Agreement,
        touched_by={"agreement": those, "domain": in_domains},
        address=lambda pk, key: agreement_address(key),
        icon=icon,
        is_sentence=name not in ("term", "data_state"),
    )


def register_search() -> None:
    """Make them searchable; called once when the application starts."""
    for kind in (
        *(_kind_of(name) for name in _LABELS),
        SearchKind(
            "proposal",
            "Proposals",
            proposal_documents,
            ids_of(Proposal.objects.all()),
            visible=Proposal,
            touched_by={"proposal": same},
            address=lambda pk, key: proposal_address(key),
            icon="proposed",
            is_sentence=True,
        ),
        SearchKind(
            "decision",
            "Decisions",
            decision_documents,
            ids_of(Decision.objects.all()),
            visible=Decision,
            touched_by={"decision": same},
            address=lambda pk, key: decision_address(key),
            icon="council",
            is_sentence=True,
        ),
    ):
        kinds.add(kind.name, kind)

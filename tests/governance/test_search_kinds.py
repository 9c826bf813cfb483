"""What is agreed is found by its kind and its state, and adopted words are searched for as one."""

from __future__ import annotations

import pytest

from catalog.models import Dataset
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import ALL_FACETS, Band, SearchAnswer, SearchQuery, search
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.term.document import TermDocument
from governance.types import AgreementState
from tests.factories import DatasetFactory, principal
from tests.governance.kinds.rules import naming
from tests.governance.kinds.setting import hold
from tests.governance.kinds.test_permission_policy import opt_out

pytestmark = pytest.mark.django_db
_OLD = AgreementState.DEPRECATED


@pytest.fixture
def reader() -> Principal:
    """Somebody who searches."""
    return principal(display_name="Reader")


def adopt_term(label: str, **fields: object) -> int:
    """A term that holds and is indexed; returns its id."""
    document = TermDocument.model_validate(
        {"label": label, "definition": f"What {label} means.", "examples": ["A case."], **fields}
    )
    version = hold(document, "term")
    refresh([Subject("agreement", version.agreement_id)])
    return version.agreement_id


def indexed(name: str, **fields: object) -> Dataset:
    made = DatasetFactory(name=name, **fields)
    refresh([Subject("dataset", made.pk)])
    return made


def found(reader: Principal, text: str) -> SearchAnswer:
    return search(reader, SearchQuery(text), facets=ALL_FACETS)


def test_terms_rules_and_opt_outs_are_kinds_with_a_state(reader: Principal) -> None:
    term = adopt_term("Berth")
    rule = hold(naming(), "schema_rule")
    closed = hold(OptOut.model_validate(opt_out()), "permission_policy")
    old = hold(naming().model_copy(update={"rule": "old-rule"}), "schema_rule", state=_OLD)
    refresh(Subject("agreement", one.agreement_id) for one in (rule, closed, old))

    assert [(hit.kind, hit.id) for hit in found(reader, "kind:term").hits] == [("term", term)]
    assert {hit.id for hit in found(reader, "kind:rules").hits} == {
        *(rule.agreement_id, old.agreement_id)
    }
    assert [hit.id for hit in found(reader, "kind:opt_out").hits] == [closed.agreement_id]
    assert [hit.id for hit in found(reader, "OO-90").hits] == [closed.agreement_id]
    assert [hit.id for hit in found(reader, "state:deprecated kind:rule").hits] == [
        old.agreement_id
    ]
    facets = {f.field: {v.value: v.count for v in f.values} for f in found(reader, "").facets}
    assert facets["state"] == {"active": 3, "deprecated": 1}
    assert {kind: facets["kind"][kind] for kind in ("term", "rule", "opt_out")} == {
        "term": 1,
        "rule": 2,
        "opt_out": 1,
    }


def test_what_is_agreed_says_in_words_where_it_belongs(reader: Principal) -> None:
    adopt_term("Berth")
    closed = hold(OptOut.model_validate(opt_out()), "permission_policy")
    refresh([Subject("agreement", closed.agreement_id)])

    assert [hit.place for hit in found(reader, "berth").hits] == [("Terms",)]
    assert [hit.place for hit in found(reader, "kind:opt_out").hits] == [("Opt-outs",)]


def test_an_adopted_synonym_finds_what_the_word_finds(reader: Principal) -> None:
    customers = indexed("customers")
    assert found(reader, "client").hits == ()

    term = adopt_term("Customer", alt_labels=["client"], acronyms=["CU"])

    answer = found(reader, "clients")
    assert [(hit.kind, hit.id) for hit in answer.hits] == [
        ("term", term),
        ("dataset", customers.pk),
    ]
    assert answer.hits[1].band is Band.SYNONYM
    assert customers.pk in [hit.id for hit in found(reader, "CU").hits]


def test_both_meanings_of_a_word_come_first(reader: Principal) -> None:
    crm = adopt_term("Account")
    ledger = adopt_term("Account", qualifier="ledger", notation="account-ledger")
    indexed("accounts_archive")

    answer = found(reader, "account")
    assert {hit.id for hit in answer.hits[:2] if hit.kind == "term"} == {crm, ledger}
    assert {hit.band for hit in answer.hits[:2]} == {Band.NAME}


def test_a_retired_word_means_nothing_any_more(reader: Principal) -> None:
    indexed("customers")
    document = TermDocument.model_validate(
        {"label": "Customer", "definition": "Who buys.", "examples": ["A."], "alt_labels": ["logo"]}
    )
    hold(document, "term", state=AgreementState.RETIRED)

    assert [hit.kind for hit in found(reader, "logo").hits] == []


def test_words_of_a_sentence_come_after_names_and_columns(reader: Principal) -> None:
    named = indexed("transcripts")
    closed = hold(
        OptOut.model_validate(opt_out(reason="Transcripts hold what was said.")),
        "permission_policy",
    )
    refresh([Subject("agreement", closed.agreement_id)])

    hits = found(reader, "transcript").hits
    assert [(hit.kind, hit.id) for hit in hits] == [
        ("dataset", named.pk),
        ("opt_out", closed.agreement_id),
    ]

"""Terms: what is refused, what contradicts what, what they rest on."""

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.term import KIND
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.glossary import held_terms
from governance.agreements.kinds.term.labels import normalised
from governance.agreements.kinds.term.names import plain_name
from governance.models import Agreement, Seat
from governance.types import BindingRole, BindingSpec, ChangeOp, ChangeSpec, ConflictKind, SeatKind
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    PersonFactory,
    principal,
)
from tests.governance.kinds.setting import NOW, asking, finding, found, hold

pytestmark = pytest.mark.django_db


def term(label: str = "ARR", **fields: Any) -> TermDocument:
    """A complete term owned by the person `owner`."""
    base = {
        "label": label,
        "definition": f"What {label} means.",
        "examples": ["A case."],
        "owner": "person:owner",
    }
    return TermDocument.model_validate(base | fields)


@pytest.fixture(autouse=True)
def _owner() -> None:
    PersonFactory(username="owner", display_name="Olga Owner")


def create(document: TermDocument, **asked: Any) -> list[tuple[str, str, str]]:
    """The findings of creating it."""
    return found(KIND, document, asking(key=f"term:{KIND.slug(document)}", **asked))


def test_a_complete_term_has_nothing_against_it() -> None:
    assert create(term(counter_examples=["Another case."], alt_labels=["Run rate"])) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"definition": ""}, ("definition_missing", "error", "definition")),
        ({"definition": "arr."}, ("definition_says_nothing", "error", "definition")),
        ({"examples": []}, ("example_missing", "warning", "examples")),
        (
            {"examples": ["A", "B"], "counter_examples": ["b"]},
            ("example_contradicted", "error", "counter_examples.0"),
        ),
        ({"alt_labels": ["arr"]}, ("word_twice", "error", "alt_labels.0")),
        (
            {"alt_labels": ["run-rate"], "hidden_labels": ["Run rate"]},
            ("word_twice", "error", "hidden_labels.0"),
        ),
        ({"domain": "nowhere"}, ("unknown_domain", "error", "domain")),
        ({"used_in": ["nowhere"]}, ("unknown_domain", "error", "used_in.0")),
        ({"owner": "seat:nobody"}, ("unknown_owner", "error", "owner")),
        ({"owner": ""}, ("owner_missing", "error", "owner")),
        ({"broader": ["term:none"]}, ("unknown_term", "error", "broader.0")),
        ({"related": ["term:arr"]}, ("own_relative", "error", "related.0")),
        (
            {"homonyms": [{"term": "term:none", "note": "Another."}]},
            ("unknown_term", "error", "homonyms.0.term"),
        ),
        ({"replaced_by": "term:none"}, ("unknown_term", "error", "replaced_by")),
        ({"replaced_by": "term:arr"}, ("own_relative", "error", "replaced_by")),
        ({"sunset_days": 90}, ("sunset_without_end", "error", "sunset_days")),
        (
            {"bound_to": [{"dataset": "postgres://x/y.z"}]},
            ("unknown_dataset", "error", "bound_to.0.dataset"),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    fields: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    check, level, field = expected

    assert create(term(**fields)) == [(f"term.{check}", level, field)]


def test_an_owner_may_be_a_seat_a_person_or_a_team_and_the_domain_stands_in() -> None:
    DomainFactory(slug="finance")
    Seat.objects.create(name="FinanceOps", slug="finance-ops", kind=SeatKind.SPOKE)

    assert create(term(owner="seat:finance-ops")) == []
    assert create(term(owner="", domain="finance")) == []


def test_somebody_who_left_owns_nothing() -> None:
    PersonFactory(username="gone", is_active=False)

    assert create(term(owner="person:gone")) == [("term.unknown_owner", "error", "owner")]


def test_broader_terms_make_no_circle_also_within_one_proposal() -> None:
    # given Customer below Party, and a proposal that puts Party below Customer
    hold(term("Party"), "term")
    hold(term("Customer", broader=["term:party"]), "term")
    context = asking(key="term:party", op=ChangeOp.REPLACE)

    assert found(KIND, term("Party", broader=["term:customer"]), context) == [
        ("term.broader_circle", "error", "broader")
    ]

    # and the same when Customer comes in the same proposal
    beside = ChangeSpec(
        ChangeOp.CREATE, "term", "term:client",
        term("Client", broader=["term:party"]).model_dump(mode="json"),
    )  # fmt: skip
    context = asking(key="term:party", op=ChangeOp.REPLACE, beside=(beside,))
    assert found(KIND, term("Party", broader=["term:client"]), context) == [
        ("term.broader_circle", "error", "broader")
    ]


def test_what_is_above_or_below_is_not_only_related() -> None:
    hold(term("Party"), "term")
    hold(term("Customer", broader=["term:party"]), "term")
    hold(term("Active customer", broader=["term:customer"]), "term")

    down = term("Party", related=["term:active-customer"])
    up = term("Active customer", broader=["term:customer"], related=["term:party"])

    assert found(KIND, down, asking(key="term:party", op=ChangeOp.REPLACE)) == [
        ("term.related_is_broader", "error", "related.0")
    ]
    assert found(KIND, up, asking(key="term:active-customer", op=ChangeOp.REPLACE)) == [
        ("term.related_is_broader", "error", "related.0")
    ]


def test_a_term_may_name_one_that_the_same_proposal_brings() -> None:
    coming = ChangeSpec(ChangeOp.CREATE, "term", "term:mrr", term("MRR").model_dump(mode="json"))

    assert create(term(related=["term:mrr"]), beside=(coming,)) == []


def test_a_term_that_others_name_does_not_go_alone() -> None:
    hold(term("Party"), "term")
    hold(term("Customer", broader=["term:party"]), "term")

    refused = finding(KIND, term("Party"), asking(key="term:party", op=ChangeOp.RETIRE))
    assert (refused.check, refused.message) == (
        "term.still_named",
        "term:customer names this term.",
    )

    # and goes when the same proposal changes the other
    beside = ChangeSpec(
        ChangeOp.REPLACE, "term", "term:customer", term("Customer").model_dump(mode="json")
    )
    context = asking(key="term:party", op=ChangeOp.RETIRE, beside=(beside,))
    assert found(KIND, term("Party"), context) == []


def test_a_homonym_that_shares_no_word_is_shown() -> None:
    hold(term("Churn"), "term")
    document = term("ARR", homonyms=[{"term": "term:churn", "note": "Different."}])

    assert create(document) == [("term.no_homonym", "warning", "homonyms.0.term")]


def test_deprecating_says_what_to_use_instead() -> None:
    hold(term("Active customer"), "term")
    hold(term("Old", replaced_by="term:active-customer"), "term")
    hold(term("Paying customer"), "term")

    def deprecate(**fields: Any) -> list[tuple[str, str, str]]:
        context = asking(key="term:paying-customer", op=ChangeOp.DEPRECATE)
        return found(KIND, term("Paying customer", **fields), context)

    assert deprecate() == [("term.replacement_missing", "warning", "replaced_by")]
    assert deprecate(replaced_by="term:old") == [
        ("term.replacement_replaced", "error", "replaced_by")
    ]
    assert deprecate(replaced_by="term:active-customer", sunset_days=30) == []


def test_adopting_a_deprecation_says_until_when_and_what_instead() -> None:
    # given a word in force since 8 August that another one replaces
    active = hold(term("Active customer"), "term")
    system = Principal.system("adoption")
    assert KIND.activate(active, acting=system) == ""
    paying = hold(
        term("Paying customer", replaced_by="term:active-customer", sunset_days=60), "term"
    )

    told = KIND.activate(paying, acting=system)

    assert told == "Paying customer goes out of use on 7 October 2026."
    stored = Agreement.objects.get(key="term:paying-customer")
    assert (stored.state, stored.replaced_by) == ("deprecated", active.agreement)
    assert str(stored.sunset_on) == "2026-10-07"
    assert Agreement.objects.get(key="term:active-customer").state == "active"


def test_it_rests_on_the_datasets_and_columns_it_names() -> None:
    dataset = DatasetFactory()
    ColumnFactory(dataset=dataset, name="amount")
    ColumnFactory(dataset=dataset, name="was", disappeared_at=NOW)
    name = dataset.qualified_name
    document = term(bound_to=[{"dataset": name}, {"dataset": name, "column": "amount"}])

    assert create(document) == []
    assert list(KIND.bindings(document, asking())) == [
        BindingSpec(BindingRole.TARGET, dataset.pk),
        BindingSpec(BindingRole.TARGET, dataset.pk, "amount"),
    ]
    assert create(term(bound_to=[{"dataset": name, "column": "was"}])) == [
        ("term.unknown_column", "error", "bound_to.0.column")
    ]
    assert create(term(bound_to=[{"dataset": name, "column": "nothing"}])) == [
        ("term.unknown_column", "error", "bound_to.0.column")
    ]


def test_it_does_not_rest_on_a_dataset_that_is_gone() -> None:
    gone = DatasetFactory(disappeared_at=NOW)

    assert create(term(bound_to=[{"dataset": gone.qualified_name}])) == [
        ("term.dataset_gone", "error", "bound_to.0.dataset")
    ]


# Conflicts


def conflicts(document: TermDocument) -> list[tuple[ConflictKind, tuple[str, ...]]]:
    """(kind, keys of the parties) of what proposing it contradicts."""
    context = asking(key=f"term:{KIND.slug(document)}")
    return [
        (conflict.kind, tuple(party.key for party in conflict.parties))
        for conflict in KIND.conflicts(document, context)
    ]


def test_one_word_with_two_meanings_is_a_homonym_with_both_texts() -> None:
    DomainFactory(slug="finance")
    DomainFactory(slug="product")
    hold(term("Churn", definition="Revenue that is lost.", domain="finance"), "term")
    document = term(
        "Churn", notation="churn-product", definition="Nobody signs in.", domain="product"
    )

    (conflict,) = KIND.conflicts(document, asking(key="term:churn-product"))

    assert conflict.kind is ConflictKind.HOMONYM
    assert [(party.key, party.text) for party in conflict.parties] == [
        ("term:churn-product", "Nobody signs in."),
        ("term:churn", "Revenue that is lost."),
    ]
    assert conflict.witness == (
        "The word 'Churn' means one thing for product and another for finance."
    )


def test_its_page_leads_to_the_terms_around_it_by_their_words() -> None:
    party = hold(term("Party"), "term")
    hold(term("Customer", broader=["term:party"]), "term")
    page = render_to_string(
        KIND.template,
        {"document": term("Party", related=["term:customer"]), "agreement": party.agreement},
    )

    assert page.count('<a class="chip" href="/agreements/term:customer/">Customer</a>') == 2
    assert "Narrower" in page


@pytest.mark.parametrize("word", ["run rate", "Run-Rate", "RUN  RATE", "run_rate"])
@pytest.mark.parametrize("field", ["alt_labels", "acronyms"])
def test_synonyms_and_acronyms_count_in_any_spelling(word: str, field: str) -> None:
    hold(term("ARR", **{field: [word]}), "term")

    assert conflicts(term("Run rate")) == [(ConflictKind.HOMONYM, ("term:run-rate", "term:arr"))]


def test_words_that_only_find_a_term_contradict_nothing() -> None:
    hold(term("ARR", hidden_labels=["Run rate"]), "term")

    assert conflicts(term("Run rate")) == []


def test_a_homonym_that_either_side_declares_is_meant() -> None:
    hold(term("SQL", notation="sql-language", definition="A language."), "term")
    declared = {"homonyms": [{"term": "term:sql-language", "note": "Not the language."}]}
    assert conflicts(term("SQL", **declared)) == []

    hold(term("Account", homonyms=[{"term": "term:account-ledger", "note": "The CRM's."}]), "term")
    assert conflicts(term("Account", notation="account-ledger", definition="A line.")) == []


def test_words_of_parts_of_the_company_that_do_not_meet_do_not_contradict() -> None:
    finance = DomainFactory(slug="finance")
    DomainFactory(slug="payroll", parent=finance)
    DomainFactory(slug="product")
    hold(term("Run", domain="finance", used_in=["finance"]), "term")

    def proposed(*used_in: str) -> TermDocument:
        return term("Run", notation="other", definition="Else.", owner="", used_in=used_in)

    assert conflicts(proposed("product")) == []
    assert conflicts(proposed("payroll")) == [(ConflictKind.HOMONYM, ("term:other", "term:run"))]
    assert conflicts(proposed()) == [(ConflictKind.HOMONYM, ("term:other", "term:run"))]


def test_one_meaning_under_two_words_is_a_duplicate() -> None:
    hold(term("ARR", definition="Revenue of a year, recurring."), "term")

    assert conflicts(term("Yearly revenue", definition="revenue of a year -- recurring")) == [
        (ConflictKind.DUPLICATE, ("term:yearly-revenue", "term:arr"))
    ]


def test_one_word_twice_in_one_domain_is_a_duplicate() -> None:
    DomainFactory(slug="finance")
    hold(term("ARR", domain="finance"), "term")

    assert conflicts(term("arr", notation="arr-2", definition="Else.", domain="finance")) == [
        (ConflictKind.DUPLICATE, ("term:arr-2", "term:arr"))
    ]


def test_a_term_does_not_contradict_itself_nor_what_takes_its_place() -> None:
    hold(term("Paying customer", alt_labels=["payer"]), "term")

    assert conflicts(term("Paying customer", alt_labels=["payer"])) == []
    replaced = term("Paying customer", alt_labels=["payer"], replaced_by="term:payer")
    hold(replaced, "term", since=NOW - dt.timedelta(days=1))
    assert conflicts(term("Payer", definition="Who pays.")) == []


# Names, pages, form


def test_it_is_named_told_and_shown() -> None:
    DomainFactory(slug="finance")
    document = term(
        "Churn", qualifier="revenue", alt_labels=["attrition"], counter_examples=["A pause."],
        homonyms=[{"term": "term:churn-logins", "note": "That one counts sign-ins."}],
        domain="finance", bound_to=[{"dataset": "postgres://w/a.b.c", "column": "lost"}],
        replaced_by="term:loss", broader=["term:revenue"],
    )  # fmt: skip

    assert KIND.slug(document) == "churn-revenue"
    assert KIND.title(document) == "Churn (revenue)"
    assert KIND.sentence(document) == "Churn (revenue): What Churn means."
    assert KIND.domain(document) == "finance"
    assert KIND.migration_hint(document, ChangeOp.DEPRECATE) == "Say loss instead of Churn."
    assert kinds.get("term") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    for shown in (
        "What Churn means.", "attrition", "A pause.", "That one counts sign-ins.",
        "term:revenue", "/d/?name=postgres%3A%2F%2Fw%2Fa.b.c", "term:loss",
    ):  # fmt: skip
        assert shown in page


def test_the_short_name_wins_over_the_word() -> None:
    assert KIND.slug(term("Account", notation="account-ledger")) == "account-ledger"


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""},
        {"label": "  "},
        {"label": "ARR", "notation": "Not Plain"},
        {"label": "ARR", "broader": ["ARR"]},
        {"label": "ARR", "owner": "olga"},
        {"label": "ARR", "definition": "x" * 10_001},
        {"label": "ARR", "matches": [{"kind": "exact", "address": "javascript:alert(1)"}]},
        {"label": "ARR", "homonyms": [{"term": "term:x", "note": ""}]},
        {"label": "ARR", "alt_labels": ["a\x00b"]},
        {"label": "ARR", "sunset_days": 29},
        {"label": "ARR", "synonyms": ["run rate"]},
    ],
)
def test_what_is_no_term_never_becomes_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TermDocument.model_validate(wrong)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_every_word_gives_a_plain_name(word: str) -> None:
    name = plain_name(word)

    assert name == "" or TermDocument.model_validate({"label": "x", "notation": name})
    assert bool(name) == bool(word.strip())


@settings(deadline=None)
@given(st.text())
def test_a_normal_form_is_its_own_normal_form(word: str) -> None:
    assert normalised(normalised(word)) == normalised(word)


def test_a_large_proposal_is_checked_without_reading_the_glossary_for_each_term(
    django_assert_max_num_queries: Any,
) -> None:
    # given a glossary of 60 terms and a proposal of 40 more, each below the one before
    for number in range(60):
        hold(term(f"Held {number}"), "term")
    contents = [
        term(f"New {n}", broader=[f"term:new-{n - 1}"] if n else []).model_dump(mode="json")
        for n in range(40)
    ]
    changes = [
        ChangeSpec(ChangeOp.CREATE, "term", f"term:new-{n}", content)
        for n, content in enumerate(contents)
    ]
    acting = principal()

    with django_assert_max_num_queries(40 * 5 + 5):  # owner, and twice the mark of the glossary
        for change in changes:
            beside = tuple(one for one in changes if one is not change)
            context = asking(key=change.key, beside=beside, acting=acting)
            document = TermDocument.model_validate(change.document)
            assert found(KIND, document, context) == []
            assert list(KIND.conflicts(document, context)) == []


def test_terms_above_and_below_are_found_from_the_glossary() -> None:
    hold(term("Party"), "term")
    hold(term("Customer", broader=["term:party"]), "term")
    hold(term("Active customer", broader=["term:customer"]), "term")

    glossary = held_terms().glossary

    assert glossary.narrower_of("term:party") == ["term:customer"]
    assert glossary.above(("term:active-customer",)) == {
        "term:active-customer", "term:customer", "term:party",
    }  # fmt: skip


def test_data_bound_to_a_word_and_not_to_its_successor_still_uses_it() -> None:
    old, new = DatasetFactory(name="old"), DatasetFactory(name="new")
    bound = [{"dataset": row.qualified_name} for row in (old, new)]
    successor = TermDocument.model_validate(
        {"label": "Customer", "definition": "Who pays.", "bound_to": bound[1:]}
    )
    hold(successor, "term")
    document = TermDocument.model_validate(
        {
            "label": "Client", "definition": "Who pays.", "bound_to": bound,
            "replaced_by": "term:customer",
        }
    )  # fmt: skip

    def uses(**fields: Any) -> list[str]:
        found = KIND.uses(
            document.model_copy(update=fields), acting=Principal.system("uses"), now=NOW
        )
        return [use.name for use in found]

    assert uses() == [old.qualified_name]
    assert uses(replaced_by="") == [old.qualified_name, new.qualified_name]

"""A glossary that leaves as SKOS and comes back is the same glossary."""

import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import Person
from catalog.types import Principal
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.labels import normalised
from governance.agreements.kinds.term.skos.reading import SkosError, read_skos
from governance.agreements.kinds.term.skos.turtle import read_turtle
from governance.agreements.kinds.term.skos.writing import WrittenTerm, to_json_ld, to_turtle
from governance.agreements.selectors.exchange import SkosFormat, export_glossary
from governance.agreements.services.exchange import import_glossary, read_glossary
from governance.models import Change, Proposal
from governance.types import AgreementState
from tests.factories import DomainFactory, PersonFactory, principal
from tests.governance.kinds.setting import hold

BASE = "https://catalog.example.org/glossary/"
HEAD = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix : <https://larkfield.example/glossary/> .
"""

WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)
PROSE = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"))
KEYS = ("term:a", "term:b", "term:c_d")


@st.composite
def glossaries(draw: st.DrawFn) -> dict[str, TermDocument]:
    """Terms that point at each other, with words that differ within each of them."""
    terms = {}
    for key in KEYS:
        words = draw(st.lists(WORDS, min_size=6, max_size=6, unique_by=normalised))
        others = draw(st.lists(st.sampled_from(KEYS), unique=True))
        terms[key] = TermDocument.model_validate(
            {
                "label": words[0],
                "notation": key.removeprefix("term:"),
                "alt_labels": words[1:3],
                "acronyms": words[3:4],
                "hidden_labels": words[4:],
                "qualifier": draw(WORDS),
                "definition": draw(PROSE),
                "language": draw(st.sampled_from(["en", "de", "pt-BR"])),
                "scope_note": draw(PROSE),
                "note": draw(PROSE),
                "examples": draw(st.lists(WORDS.map(str.strip), max_size=3)),
                "counter_examples": draw(st.lists(WORDS, max_size=3)),
                "broader": others,
                "related": draw(st.lists(st.sampled_from(KEYS), unique=True)),
                "homonyms": [{"term": other, "note": draw(WORDS)} for other in others],
                "matches": draw(
                    st.sampled_from([(), ({"kind": "close", "address": "https://x.example/y"},)])
                ),
                "domain": draw(st.sampled_from(["", "finance"])),
                "used_in": draw(st.sampled_from([(), ("finance", "sales")])),
                "owner": "seat:finance-ops",
                "bound_to": [
                    {"dataset": 'duckdb://w/a."b c".d', "column": draw(st.sampled_from(["", "e"]))}
                ],
                "replaced_by": draw(st.sampled_from(["", "term:a"])),
                "sunset_days": draw(st.sampled_from([None, 60])),
            }
        )
    return terms


def written(terms: dict[str, TermDocument]) -> list[WrittenTerm]:
    return [WrittenTerm(key, document) for key, document in terms.items()]


@settings(deadline=None, max_examples=40)
@given(glossaries(), st.sampled_from(["en", "de"]))
def test_what_is_written_as_turtle_reads_back_the_same(
    terms: dict[str, TermDocument], language: str
) -> None:
    text = to_turtle(written(terms), base=BASE, title="Glossary")

    read = read_skos(text, language=language)

    assert read.terms == terms
    assert read.left_out == ()
    assert to_turtle(written(dict(read.terms)), base=BASE, title="Glossary") == text


def test_turtle_says_exactly_this() -> None:
    term = TermDocument.model_validate(
        {
            "label": "Churn", "definition": 'Revenue "lost".', "alt_labels": ["attrition"],
            "acronyms": ["RC"], "domain": "finance", "replaced_by": "term:loss",
            "bound_to": [{"dataset": "duckdb://w/a.b", "column": "c"}],
        }
    )  # fmt: skip

    assert to_turtle([WrittenTerm("term:churn", term)], base=BASE, title="Words") == (
        """@prefix concord: <urn:concord:glossary#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://catalog.example.org/glossary/> a skos:ConceptScheme ;
    dct:title "Words" .

<https://catalog.example.org/glossary/churn> a skos:Concept ;
    skos:inScheme <https://catalog.example.org/glossary/> ;
    skos:notation "churn" ;
    skos:prefLabel "Churn"@en ;
    skos:altLabel "attrition"@en ;
    skos:altLabel "RC"@en ;
    skos:definition "Revenue \\"lost\\"."@en ;
    dct:subject "finance" ;
    dct:isReplacedBy <https://catalog.example.org/glossary/loss> ;
    owl:deprecated true ;
    concord:acronym "RC"@en ;
    concord:boundTo [ concord:dataset "duckdb://w/a.b" ; concord:column "c" ] .
"""
    )


@settings(deadline=None, max_examples=40)
@given(glossaries())
def test_json_ld_says_the_same_as_turtle(terms: dict[str, TermDocument]) -> None:
    document = json.loads(to_json_ld(written(terms), base=BASE, title="Glossary"))

    triples = read_turtle(to_turtle(written(terms), base=BASE, title="Glossary"))
    assert statements_of(document) == len(triples)
    scheme, *concepts = document["@graph"]
    assert scheme["dct:title"] == "Glossary"
    assert [one["@id"] for one in concepts] == [BASE + key[5:] for key in sorted(terms)]
    first = terms["term:a"]
    assert concepts[0]["skos:prefLabel"] == {"@value": first.label, "@language": first.language}


def statements_of(document: Any) -> int:
    """How many triples a JSON-LD document makes: one for each value of each property."""
    count = 0
    for node in document["@graph"]:
        waiting = [node]
        while waiting:
            here = waiting.pop()
            for name, values in here.items():
                if name == "@id":
                    continue
                values = values if isinstance(values, list) else [values]
                count += len(values)
                waiting += [
                    one for one in values
                    if isinstance(one, dict) and not {"@id", "@value"} & one.keys()
                ]  # fmt: skip
    return count


def test_a_file_of_another_tool_is_read_with_what_was_left_out() -> None:
    text = HEAD + """
        :customer a skos:Concept ; skos:prefLabel "Kunde"@de, "Customer"@en ;
            skos:definition "Wer zahlt."@de, "Who pays."@en ;
            skos:altLabel "client"@en, "Customer" ;
            skos:narrower :active ; skos:related <https://elsewhere.example/x> ;
            skos:exactMatch <https://elsewhere.example/customer> ;
            skos:changeNote "Once called account." .
        :active skos:prefLabel "Active customer" ; skos:notation "Active Customer!" ;
            skos:broader [ a skos:Thing ] .
        :old a skos:Concept ; skos:prefLabel "Payer" ; owl:deprecated true .
        :glossary a skos:ConceptScheme ; skos:prefLabel "Not a term" .
    """  # fmt: skip

    read = read_skos(text, owner="person:olga")

    assert list(read.terms) == ["term:customer", "term:active-customer", "term:old"]
    customer = read.terms["term:customer"]
    assert (customer.label, customer.language, customer.definition) == (
        "Customer", "en", "Who pays.",
    )  # fmt: skip
    assert customer.alt_labels == ("Kunde", "client")
    assert customer.note == "Once called account."
    assert [match.address for match in customer.matches] == ["https://elsewhere.example/customer"]
    assert read.terms["term:active-customer"].broader == ("term:customer",)
    assert customer.owner == "person:olga"
    assert read.deprecated == {"term:old"}
    assert read.left_out == (
        "A term points to https://elsewhere.example/x, which is no term of the file or the"
        " glossary.",
        "A term points to something without an address, which is no term of the file or the"
        " glossary.",
        "term:old is marked as deprecated and names no term to use instead: deprecate it in a"
        " proposal of its own.",
    )


def test_a_term_of_the_glossary_may_be_pointed_at() -> None:
    text = HEAD + ':arr a skos:Concept ; skos:prefLabel "ARR" ; skos:related :mrr .'

    assert read_skos(text, known={"term:mrr"}).terms["term:arr"].related == ("term:mrr",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file holds no skos:Concept."),
        (":a a skos:Concept .", "https://larkfield.example/glossary/a has no skos:prefLabel."),
        (
            ':a skos:prefLabel "A" . <https://other.example/a> skos:prefLabel "B" .',
            "Two terms of the file would be called term:a.",
        ),
        (
            f':a a skos:Concept ; skos:prefLabel "{"x" * 201}" .',
            "term:a, label: String should have at most 200 characters.",
        ),
        (
            ':a skos:prefLabel "A\\u0000" .',
            "term:a, label: Value error, Take out the characters that cannot be seen..",
        ),
        (
            " ".join(f':t{n} skos:prefLabel "T" .' for n in range(2001)),
            "The file holds more than 2,000 terms: split it.",
        ),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(text: str, why: str) -> None:
    with pytest.raises(SkosError) as refused:
        read_skos(HEAD + text)
    assert str(refused.value) == why


def test_the_demonstrations_glossary_is_read_whole() -> None:
    text = (django_settings.BASE_DIR / "demo/larkfield/glossary.ttl").read_text("utf-8")

    read = read_skos(text)

    assert len(read.terms) == 44
    assert read.left_out == ()
    assert read.terms["term:customer"].alt_labels == ("client", "logo")
    assert read.terms["term:paying-customer"].replaced_by == "term:active-customer"
    assert read.terms["term:churn-product"].domain == "product"
    assert read.terms["term:active-user"].definition == ""


# Through the doors


@pytest.mark.django_db
def test_a_term_that_goes_still_goes_when_a_file_words_it_anew() -> None:
    DomainFactory(slug="finance")
    payer = TermDocument.model_validate(
        {"label": "Payer", "notation": "payer", "definition": "Pays.", "domain": "finance"}
    )
    hold(payer, "term", state=AgreementState.DEPRECATED)
    facts = 'skos:prefLabel "Payer"@en ; owl:deprecated true ; dct:subject "finance"'

    def changes(definition: str) -> list[tuple[str, str]]:
        text = HEAD + f':payer {facts} ; skos:definition "{definition}" .'
        found = read_glossary(acting=principal(), text=text)
        return [(change.op.value, change.document["definition"]) for change in found.changes]

    assert changes("Pays.") == []
    assert changes("Pays us.") == [("deprecate", "Pays us.")]


@pytest.mark.django_db
def test_a_file_becomes_one_draft_with_a_change_for_each_term_that_differs() -> None:
    DomainFactory(slug="finance")
    arr = TermDocument.model_validate(
        {"label": "ARR", "notation": "arr", "definition": "Yearly.", "domain": "finance"}
    )
    hold(arr, "term")
    hold(arr.model_copy(update={"label": "MRR", "notation": "mrr"}), "term")
    hold(arr.model_copy(update={"label": "Payer", "notation": "payer"}), "term")
    text = (
        HEAD
        + """
        :arr skos:prefLabel "ARR"@en ; skos:definition "Yearly." ; dct:subject "finance" .
        :mrr skos:prefLabel "MRR"@en ; skos:definition "Monthly." ; dct:subject "finance" .
        :payer skos:prefLabel "Payer"@en ; owl:deprecated true ; dct:isReplacedBy :arr ;
            dct:subject "finance" .
        :nrr skos:prefLabel "NRR"@en ; skos:related :mrr ; dct:subject "finance" .
    """
    )
    author = principal()

    proposal, found = import_glossary(acting=author, text=text)

    assert (found.unchanged, found.left_out) == (1, ())
    assert proposal.state == "draft"
    assert list(
        Change.objects.filter(revision=proposal.current).values_list("op", "agreement_key")
    ) == [("replace", "term:mrr"), ("deprecate", "term:payer"), ("create", "term:nrr")]


@pytest.mark.django_db
def test_looking_writes_nothing_and_a_refusal_neither() -> None:
    author = principal()
    text = HEAD + ':arr skos:prefLabel "ARR" ; dct:subject "finance" .'

    assert len(read_glossary(acting=author, text=text).changes) == 1
    for wrong in ("<?xml?>", HEAD, HEAD + ":arr skos:prefLabel 'ARR'"):
        with pytest.raises(InvalidInput) as refused:
            import_glossary(acting=author, text=wrong)
        assert refused.value.field == "file"
    with pytest.raises(AccessRefused):
        import_glossary(acting=Principal.anonymous(), text=text)
    assert not Proposal.objects.exists()


@pytest.mark.django_db
def test_a_file_that_says_nothing_new_makes_no_proposal() -> None:
    reader = principal()
    PersonFactory(username="olga")
    hold(
        TermDocument.model_validate({"label": "ARR", "notation": "arr", "owner": "person:olga"}),
        "term",
    )
    before = Proposal.objects.count()
    text = export_glossary(reader, SkosFormat.TURTLE).text

    with pytest.raises(InvalidInput, match="Every term of the file holds already"):
        import_glossary(acting=reader, text=text)
    assert Proposal.objects.count() == before


@pytest.mark.django_db
def test_the_glossary_leaves_in_both_forms_with_what_goes_out_of_use() -> None:
    hold(
        TermDocument.model_validate({"label": "Payer", "owner": "person:olga"}),
        "term",
        state=AgreementState.DEPRECATED,
    )
    reader = principal()

    turtle = export_glossary(reader, SkosFormat.TURTLE)
    linked = export_glossary(reader, SkosFormat.JSON_LD)

    assert (turtle.name, turtle.media_type) == ("glossary.ttl", "text/turtle")
    assert "owl:deprecated true" in turtle.text
    assert (linked.name, linked.media_type) == ("glossary.jsonld", "application/ld+json")
    assert json.loads(linked.text)["@graph"][1]["owl:deprecated"] is True
    with pytest.raises(AccessRefused):
        export_glossary(Principal.anonymous(), SkosFormat.TURTLE)


def signed_in() -> tuple[Client, Person]:
    person = PersonFactory()
    client = Client()
    client.force_login(person)
    return client, person


@pytest.mark.django_db
def test_the_page_of_the_glossary_leads_to_its_files() -> None:
    hold(TermDocument.model_validate({"label": "ARR", "owner": "person:olga"}), "term")
    client, _ = signed_in()

    page = client.get("/glossary/").content.decode()
    turtle = client.get("/glossary/glossary.ttl")
    linked = client.get("/glossary/glossary.jsonld")
    before = client.get("/glossary/glossary.ttl?as_of=2020-01-01")

    assert 'href="/glossary/glossary.ttl"' in page
    assert 'href="/glossary/import/"' in page
    assert turtle.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert turtle.headers["Content-Disposition"] == 'attachment; filename="glossary.ttl"'
    assert 'skos:prefLabel "ARR"@en' in turtle.content.decode()
    assert json.loads(linked.content)["@graph"][1]["skos:notation"] == "arr"
    assert "skos:prefLabel" not in before.content.decode()
    assert Client().get("/glossary/glossary.ttl").status_code in (302, 403)


@pytest.mark.django_db
def test_a_file_given_on_the_page_becomes_a_draft_and_a_wrong_one_nothing() -> None:
    client, person = signed_in()
    text = HEAD + ':arr skos:prefLabel "ARR" ; skos:definition "Yearly." .'

    def give(content: bytes) -> Any:
        file = SimpleUploadedFile("glossary.ttl", content)
        return client.post(
            "/glossary/import/", {"file": file, "owner": f"person:{person.username}"}
        )

    for wrong, why in (
        (b"\xff\xfe", "not UTF-8"),
        (b"<?xml?>", "RDF/XML"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ):
        refused = give(wrong)
        assert refused.status_code == 400
        assert why in refused.content.decode()
    assert client.post("/glossary/import/").status_code == 400
    assert not Proposal.objects.exists()

    answer = give(text.encode())

    proposal = Proposal.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/proposals/{proposal.key}/")
    assert (proposal.author, proposal.state) == (person, "draft")
    change = Change.objects.get()
    assert change.document["owner"] == f"person:{person.username}"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.django_db
def test_over_rest_the_glossary_leaves_and_comes_in_like_on_its_page() -> None:
    DomainFactory(slug="finance")
    hold(TermDocument.model_validate({"label": "ARR", "domain": "finance"}), "term")
    client, person = signed_in()

    turtle = client.get("/api/v1/glossary.ttl", headers={"Accept": "text/turtle"})
    linked = client.get("/api/v1/glossary.jsonld")
    unclear = client.get("/api/v1/glossary.ttl?as_of=once")

    assert turtle.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert 'skos:prefLabel "ARR"@en' in turtle.content.decode()
    assert json.loads(linked.content)["@graph"][1]["dct:subject"] == "finance"
    assert (unclear.status_code, unclear.json()["code"]) == (400, "invalid_input")

    def bring(text: str) -> Any:
        return client.post(
            "/api/v1/glossary/import/", {"text": text}, content_type="application/json"
        )

    refused = bring(turtle.content.decode())
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "Every term of the file holds already.",
    )
    assert bring("nonsense").json()["field"] == "file"
    assert not Proposal.objects.filter(author=person).exists()

    made = bring(HEAD + ':mrr skos:prefLabel "MRR" ; dct:subject "finance" .')
    assert made.status_code == 201
    assert made.json() == {
        "proposal": Proposal.objects.get(author=person).key,
        "changes": 1,
        "unchanged": 0,
        "left_out": [],
    }

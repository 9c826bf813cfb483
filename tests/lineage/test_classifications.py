"""Classifications that flow along values: suggested with their path, reviewed by stewards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from guardian.shortcuts import assign_perm

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Column, ColumnLabel, Dataset, Label, Person
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.types import LabelKind, Origin, Principal
from lineage.models import ClassificationReview
from lineage.selectors.classifications import classification_suggestions
from lineage.services.reviews import forget_review, review_classifications
from lineage.types import ReviewVerdict
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.warehouse import READER, read, table

pytestmark = pytest.mark.django_db

CONTACT = "Personal / Contact"


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """The e-mail address of people is personal; it is copied, hashed, counted and aggregated."""
    made = {
        "people": table("shop.public.people", ("id", "email", "team")),
        "copied": table("shop.public.copied", ("mail",), "SELECT lower(email) AS mail FROM people"),
        "last": table("shop.public.last", ("mail", "note"), "SELECT mail, 'x' AS note FROM copied"),
        "hashed": table("shop.public.hashed", ("h",), "SELECT md5(email) AS h FROM people"),
        "after": table("shop.public.after_hash", ("h",), "SELECT h FROM hashed"),
        "counted": table(
            "shop.public.counted",
            ("team", "people", "latest"),
            "SELECT team, count(email) AS people, max(email) AS latest FROM people GROUP BY team",
        ),
        "filtered": table(
            "shop.public.filtered", ("id",), "SELECT id FROM people WHERE email IS NOT NULL"
        ),
    }
    read(*made.values())
    domain = DomainFactory()
    Dataset.objects.filter(pk__in=[made["copied"].pk, made["last"].pk]).update(domain=domain)
    curation.add_label(
        acting=READER,
        dataset_id=made["people"].pk,
        kind=LabelKind.CLASSIFICATION,
        path=CONTACT,
        column_path="email",
    )
    return made


@pytest.fixture
def steward(shop: dict[str, Dataset]) -> Principal:
    person: Person = PersonFactory.create()
    shop["copied"].refresh_from_db()
    assign_perm("catalog.steward_domain", person, shop["copied"].domain)
    return principal_of(person)


def suggested(**asked: object) -> dict[str, tuple[float, list[str]]]:
    """column: (strength, its path) of everything that is suggested."""
    found = classification_suggestions(READER, **asked)  # type: ignore[arg-type]
    return {
        f"{s.dataset.name}.{s.column.path}": (
            s.strength,
            [f"{step.dataset.name}.{step.column.path}" for step in s.path],
        )
        for s in found.suggestions
    }


def item(dataset: Dataset, path: str) -> tuple[int, int]:
    return Column.objects.get(dataset=dataset, path=path).pk, Label.objects.get(path=CONTACT).pk


def held(dataset: Dataset, path: str) -> list[tuple[str, str]]:
    rows = ColumnLabel.objects.filter(column__dataset=dataset, column__path=path)
    return list(rows.values_list("label__path", "origin"))


def test_values_carry_their_classification_and_hashes_end_it(shop: dict[str, Dataset]) -> None:
    # When what follows from the classified column is asked for
    found = classification_suggestions(READER)

    # Then copies are suggested with their way, an aggregate only half as strongly, and neither
    # what is hashed, counted or only filtered
    assert suggested() == {
        "copied.mail": (1.0, ["people.email", "copied.mail"]),
        "last.mail": (1.0, ["people.email", "copied.mail", "last.mail"]),
        "counted.latest": (0.5, ["people.email", "counted.latest"]),
    }
    by_name = {s.dataset.name: s for s in found.suggestions}
    assert by_name["counted"].weakened == ("Aggregated by MAX(email): single values are gone.",)
    assert [(s.dataset.name, s.column.path, s.reason) for s in found.stopped] == [
        ("counted", "people", "The value is masked by COUNT(email), so it can no longer be read."),
        ("hashed", "h", "The value is masked by MD5(email), so it can no longer be read."),
    ]

    # And one dataset is told the same about itself alone
    assert suggested(dataset_id=shop["last"].pk) == {
        "last.mail": (1.0, ["people.email", "copied.mail", "last.mail"])
    }


def test_of_two_ways_that_are_equally_good_one_is_told(shop: dict[str, Dataset]) -> None:
    # Given a column that gets the address over two datasets alike
    halves = [
        table(f"shop.public.{name}", ("mail",), "SELECT email AS mail FROM people")
        for name in ("east", "west")
    ]
    whole = table(
        "shop.public.whole", ("mail",), "SELECT mail FROM east UNION ALL SELECT mail FROM west"
    )
    read(*halves, whole)

    # Then it is suggested once, over the one that came first
    assert suggested()["whole.mail"] == (1.0, ["people.email", "east.mail", "whole.mail"])


def test_a_more_exact_classification_covers_the_wider_one(shop: dict[str, Dataset]) -> None:
    curation.add_label(
        acting=READER,
        dataset_id=shop["copied"].pk,
        kind=LabelKind.CLASSIFICATION,
        path=f"{CONTACT} / E-mail",
        column_path="mail",
    )
    found = classification_suggestions(READER, dataset_id=shop["copied"].pk)
    assert found.suggestions == ()
    labels = classification_suggestions(READER, dataset_id=shop["last"].pk).suggestions
    assert sorted(s.label for s in labels) == [CONTACT, f"{CONTACT} / E-mail"]


def test_accepting_classifies_and_is_remembered(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    # When a steward accepts two at once
    review_classifications(
        acting=steward,
        items=[item(shop["copied"], "mail"), item(shop["last"], "mail")],
        verdict=ReviewVerdict.ACCEPTED,
    )

    # Then both columns are classified, as derived, with the way that it came
    assert held(shop["copied"], "mail") == [(CONTACT, Origin.DERIVED)]
    assert held(shop["last"], "mail") == [(CONTACT, Origin.DERIVED)]
    review = ClassificationReview.objects.get(column__dataset=shop["copied"])
    assert (review.reviewer_name, review.path) == (
        steward.display_name,
        ["postgres://warehouse/shop.public.people#email",
         "postgres://warehouse/shop.public.copied#mail"],
    )  # fmt: skip
    assert suggested().keys() == {"counted.latest"}

    # And taken off by hand later, it is not suggested again until somebody asks for that
    curation.remove_label(
        acting=steward,
        dataset_id=shop["copied"].pk,
        kind=LabelKind.CLASSIFICATION,
        path=CONTACT,
        column_path="mail",
    )
    assert "copied.mail" not in suggested()
    forget_review(acting=steward, review_id=review.pk)
    assert "copied.mail" in suggested()


def test_rejecting_is_remembered_and_ends_the_way(
    shop: dict[str, Dataset], steward: Principal
) -> None:
    review_classifications(
        acting=steward,
        items=[item(shop["copied"], "mail")],
        verdict=ReviewVerdict.REJECTED,
        reason="Only role addresses.",
    )
    assert held(shop["copied"], "mail") == []
    assert suggested().keys() == {"counted.latest"}


def test_only_stewards_review_and_all_or_none(shop: dict[str, Dataset], steward: Principal) -> None:
    # Given one column that the steward answers for and one that is somebody else's
    both = [item(shop["copied"], "mail"), item(shop["counted"], "latest")]
    with pytest.raises(AccessRefused):
        review_classifications(acting=steward, items=both, verdict=ReviewVerdict.ACCEPTED)

    # Then nothing happened, nor for what is not suggested, not there, or nothing at all
    _, label = both[0]
    for items, refusal in (
        ([item(shop["last"], "note")], Conflict),
        ([(987_654, label)], NotFound),
        ([], InvalidInput),
    ):
        with pytest.raises(refusal):
            review_classifications(acting=steward, items=items, verdict=ReviewVerdict.ACCEPTED)
    assert held(shop["copied"], "mail") == []
    assert not ClassificationReview.objects.exists()
    assert classification_suggestions(steward, mine=True).suggestions != ()
    assert {s.dataset.name for s in classification_suggestions(steward, mine=True).suggestions} == {
        "copied", "last",
    }  # fmt: skip


def test_what_is_hidden_is_on_no_way(shop: dict[str, Dataset], hide: Callable[..., None]) -> None:
    hide(shop["copied"])
    assert suggested().keys() == {"counted.latest"}


def test_page_rest_and_graphql_review_alike(
    shop: dict[str, Dataset],
    steward: Principal,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    browser = Client()
    browser.force_login(Person.objects.get(pk=steward.person_id))
    page = "/lineage/classifications/"
    browser.get(page)

    # When the page lists and a form accepts one, REST rejects one and GraphQL takes it back
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        shown = browser.get(page).content.decode()
    column, label = item(shop["copied"], "mail")
    posted = browser.post(f"{page}?mine=1", {f"answer-{column}-{label}": "accepted"})
    column, label = item(shop["last"], "mail")
    rejected = browser.post(
        "/api/v1/lineage/classifications/",
        {"items": [{"column": column, "label": label}], "verdict": "rejected"},
        content_type="application/json",
    )
    told = browser.get("/api/v1/lineage/classifications/?mine=1").json()
    review = rejected.json()["reviews"][0]
    query = f'mutation {{ forgetClassificationReview(review: "{review}") {{ reviewed }} }}'
    browser.post("/graphql/", {"query": query}, content_type="application/json")
    asked = """{ classificationSuggestions(mine: true) {
        suggestions { label path { column { path } } } } }"""
    answer = browser.post("/graphql/", {"query": asked}, content_type="application/json").json()

    # Then each did what it said
    assert "people.email → copied.mail" in shown.replace("<wbr>", "")
    assert "masked by MD5(email)" in shown
    assert posted.status_code == 302
    assert held(shop["copied"], "mail") == [(CONTACT, Origin.DERIVED)]
    assert rejected.status_code == 201
    assert told["suggestions"] == []
    assert answer["data"]["classificationSuggestions"]["suggestions"] == [
        {"label": CONTACT, "path": [{"column": {"path": "mail"}}, {"column": {"path": "mail"}}]}
    ]

    # And nobody else may
    browser.force_login(PersonFactory())
    refused = browser.post(page, {f"answer-{column}-{label}": "accepted"})
    assert refused.status_code == 403
    assert "Nothing was changed" in refused.content.decode()

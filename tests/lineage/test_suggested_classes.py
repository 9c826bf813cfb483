"""Classes suggested by names, values and lineage: detected, kept, reviewed in bulk, taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from guardian.shortcuts import assign_perm

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import (
    Column,
    ColumnLabel,
    Dataset,
    Event,
    Label,
    Person,
    Profile,
    Relation,
)
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import LabelKind, Origin, Principal, RelationKind
from lineage.classes import VERSION
from lineage.consumers import digest_classes
from lineage.models import ClassDetection, ClassificationReview, SuggestedClass
from lineage.selectors.classifications import Suggestion, classification_suggestions
from lineage.selectors.detected import Asked, asked_for
from lineage.selectors.reviews import reviewed
from lineage.selectors.waiting import reviews_waiting
from lineage.services.detecting import detect_classes, detect_missing, label_path
from lineage.services.reviews import Answer, accept_surest, review_each, undo_reviews
from lineage.types import ReviewVerdict
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.warehouse import READER, read, table

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@pytest.fixture
def people() -> Dataset:
    """A table of people with a column that says nothing by its name."""
    domain = DomainFactory()
    made = table("shop.crm.person", ("id", "email", "phone_type", "field_7", "first_name"))
    Dataset.objects.filter(pk=made.pk).update(domain=domain)
    made.refresh_from_db()
    return made


@pytest.fixture
def steward(people: Dataset) -> Principal:
    person: Person = PersonFactory.create()
    assign_perm("catalog.steward_domain", person, people.domain)
    return principal_of(person)


def measure(dataset: Dataset, columns: dict[str, Any], at: dt.datetime = AT) -> None:
    """A profile of the dataset, as an import leaves it."""
    Profile.objects.create(dataset=dataset, taken_at=at, rows=100, columns=columns)
    Dataset.objects.filter(pk=dataset.pk).update(profiled_at=at)


def kept() -> dict[str, tuple[str, str]]:
    """column: (label, class) of everything that is kept."""
    rows = SuggestedClass.objects.values_list("column__path", "label__path", "data_class")
    return {column: (label, found) for column, label, found in rows}


def suggested(**asked: Any) -> dict[str, Suggestion]:
    """By column, as the reader sees them."""
    found = classification_suggestions(READER, **asked).suggestions
    return {one.column.path: one for one in found}


def answer(one: Suggestion, verdict: ReviewVerdict, instead: str = "") -> Answer:
    return Answer(one.column.id, one.label_id, verdict, instead)


def test_names_and_counts_of_values_are_kept_with_their_evidence(people: Dataset) -> None:
    # Given a profile that counted account numbers in a column that says nothing
    measure(people, {"field_7": {"formats": {"values": 100, "iban": 93}}})

    assert detect_classes([people.pk], acting=READER) == 3

    assert kept() == {
        "email": ("Personal / E-mail", "email"),
        "first_name": ("Personal / Name", "name"),
        "field_7": ("Financial / Bank account", "bank_account"),
    }
    row = SuggestedClass.objects.get(column__path="field_7")
    assert [one["text"] for one in row.evidence] == ["93 of 100 sampled values are valid IBANs"]
    found = suggested()
    assert found["field_7"].sources == ("values",)
    assert found["email"].sources == ("name",)
    assert found["email"].path == ()


def test_only_what_differs_is_written_and_what_is_gone_is_taken_away(people: Dataset) -> None:
    assert detect_classes([people.pk], acting=READER) == 2
    ids = set(SuggestedClass.objects.values_list("pk", flat=True))

    assert detect_classes([people.pk], acting=READER) == 0
    assert set(SuggestedClass.objects.values_list("pk", flat=True)) == ids

    # When one column goes and another turns out to be a key of another table
    Column.objects.filter(dataset=people, path="email").update(disappeared_at=AT)
    Relation.objects.create(
        source=people,
        target=table("shop.crm.names", ("id",)),
        kind=RelationKind.FOREIGN_KEY,
        source_columns=["first_name"],
    )
    assert detect_classes([people.pk], acting=READER) == 2
    assert kept() == {}


def test_events_bring_what_changed_and_nothing_else(people: Dataset) -> None:
    other = table("shop.crm.other", ("email",))
    with writing(READER, reason="x"):
        record(DatasetChanged(columns=True), people, acting=READER)
        record(DatasetChanged(fields=("description",)), other, acting=READER)
    digest_classes(list(Event.objects.order_by("pk")))

    assert set(SuggestedClass.objects.values_list("dataset", flat=True)) == {people.pk}


def test_the_clock_brings_new_measurements_and_newer_detectors(people: Dataset) -> None:
    # Given a dataset that nobody looked at, it is looked at once
    assert detect_missing(acting=READER) == 2
    assert detect_missing(acting=READER) == 0

    # When it is measured, or a newer detector comes
    measure(people, {"field_7": {"formats": {"values": 100, "email": 100}}})
    assert detect_missing(acting=READER) == 1
    ClassDetection.objects.update(version=VERSION - 1)
    SuggestedClass.objects.all().delete()
    assert detect_missing(acting=READER) == 3
    assert detect_missing(acting=READER) == 0


@pytest.mark.parametrize(
    ("paths", "path"),
    [
        ([], "Personal / E-mail"),
        (["pii", "pii / email"], "pii / email"),
        (["pii", "pii / phone"], "pii / E-mail"),
        (["Personal", "Personal / Contact / E-mail"], "Personal / Contact / E-mail"),
        (["Quality / email"], "Personal / E-mail"),
        (["PII", "Personal", "Privacy"], "PII / E-mail"),
    ],
)
def test_the_company_has_its_own_tree(people: Dataset, paths: list[str], path: str) -> None:
    for one in paths:
        Label.objects.create(kind=LabelKind.CLASSIFICATION, name=one, path=one)
    detect_classes([people.pk], acting=READER)
    assert kept()["email"][0] == path


def test_the_nearest_word_of_the_tree_is_taken() -> None:
    from lineage.classes.types import NAMINGS, DataClass

    tree = ["fin", "hr", "hr / comp", "pii", "pii / gov", "pii / dob"]
    assert label_path(NAMINGS[DataClass.AMOUNT], tree) == "fin"
    assert label_path(NAMINGS[DataClass.PAY], tree) == "hr / comp"
    assert label_path(NAMINGS[DataClass.GOVERNMENT_ID], tree) == "pii / gov"
    assert label_path(NAMINGS[DataClass.TOKEN], tree) == "Secret / Token"


def test_what_a_column_already_has_is_not_suggested(people: Dataset) -> None:
    detect_classes([people.pk], acting=READER)
    for label, expected in (
        ("Internal", {"email", "first_name"}),
        ("Personal / Contact", {"first_name"}),
    ):
        curation.add_label(
            acting=READER, dataset_id=people.pk, kind=LabelKind.CLASSIFICATION, path=label,
            column_path="email",
        )  # fmt: skip
        assert suggested().keys() == expected


def test_lineage_and_name_say_it_together(people: Dataset) -> None:
    # Given an address that is aggregated: half as sure by lineage, and its name says it as well
    sql = "SELECT phone_type, max(email) AS email FROM crm.person GROUP BY phone_type"
    last = table("shop.crm.last", ("phone_type", "email"), sql)
    read(last)
    detect_classes([people.pk, last.pk], acting=READER)
    curation.add_label(
        acting=READER, dataset_id=people.pk, kind=LabelKind.CLASSIFICATION,
        path="Personal / E-mail", column_path="email",
    )  # fmt: skip

    (one,) = classification_suggestions(READER, dataset_id=last.pk).suggestions

    assert one.sources == ("lineage", "name")
    assert [step.dataset.name for step in one.path][-1] == last.name
    alone = SuggestedClass.objects.get(column__dataset=last).confidence
    assert one.strength == pytest.approx(alone, abs=0.0001)  # even odds add nothing to a name


def test_filters_narrow_what_is_listed(people: Dataset) -> None:
    measure(people, {"field_7": {"formats": {"values": 100, "iban": 93}}})
    detect_classes([people.pk], acting=READER)

    assert suggested(asked=Asked(source="values")).keys() == {"field_7"}
    assert suggested(asked=Asked(under="Personal")).keys() == {"email", "first_name"}
    assert suggested(asked=Asked(text="FIRST")).keys() == {"first_name"}
    assert suggested(asked=Asked(least=0.95)).keys() == {"email", "field_7"}
    for given in ({"least": "2"}, {"least": "x"}, {"source": "rumor"}):
        with pytest.raises(InvalidInput):
            asked_for(given)


def test_each_suggestion_gets_its_own_answer(people: Dataset, steward: Principal) -> None:
    detect_classes([people.pk], acting=READER)
    found = suggested()

    # When one is changed and the other rejected in one go
    review_each(
        acting=steward,
        answers=[
            answer(found["email"], ReviewVerdict.CHANGED, "Personal / Contact"),
            answer(found["first_name"], ReviewVerdict.REJECTED),
        ],
        reason="Only names of pets.",
    )

    # Then the column has the other class, and neither is suggested again
    held = list(ColumnLabel.objects.values_list("column__path", "label__path", "origin"))
    assert held == [("email", "Personal / Contact", Origin.DERIVED)]
    assert suggested() == {}
    assert {(one.column.path, one.verdict, one.given, one.by) for one in reviewed(READER)} == {
        ("email", "changed", "Personal / Contact", steward.display_name),
        ("first_name", "rejected", "", steward.display_name),
    }
    assert detect_classes([people.pk], acting=READER) == 0
    assert suggested() == {}


def test_answers_that_make_no_sense_change_nothing(people: Dataset, steward: Principal) -> None:
    detect_classes([people.pk], acting=READER)
    email = suggested()["email"]
    stranger = principal_of(PersonFactory())
    for acting, answers, refusal in (
        (steward, [answer(email, ReviewVerdict.CHANGED)], InvalidInput),
        (steward, [answer(email, ReviewVerdict.ACCEPTED, "Personal")], InvalidInput),
        (steward, [], InvalidInput),
        (steward, [Answer(email.column.id, 987_654, ReviewVerdict.ACCEPTED)], Conflict),
        (stranger, [answer(email, ReviewVerdict.ACCEPTED)], AccessRefused),
    ):
        with pytest.raises(refusal):
            review_each(acting=acting, answers=answers)
    assert not ClassificationReview.objects.exists()
    assert not ColumnLabel.objects.exists()


def test_all_that_are_so_sure_are_accepted_and_taken_back(
    people: Dataset, steward: Principal
) -> None:
    # Given what the steward answers for, and a table of somebody else
    other = table("shop.ops.user", ("email",))
    detect_classes([people.pk, other.pk], acting=READER)

    reviews = accept_surest(acting=steward, least=0.95)

    assert [(r.column.path, r.column.dataset_id) for r in reviews] == [("email", people.pk)]
    assert {one.dataset.id for one in suggested().values()} == {people.pk, other.pk}
    for least in (0.2, 1.01, 0.99):
        with pytest.raises(InvalidInput):
            accept_surest(acting=steward, least=least)

    # When it is taken back, the class is gone and suggested again; but not by strangers, and only
    # once
    ids = [review.pk for review in reviews]
    with pytest.raises(AccessRefused):
        undo_reviews(acting=principal_of(PersonFactory()), review_ids=ids)
    assert undo_reviews(acting=steward, review_ids=ids) == 1
    assert not ColumnLabel.objects.exists()
    assert suggested(dataset_id=people.pk).keys() == {"email", "first_name"}
    with pytest.raises(NotFound):
        undo_reviews(acting=steward, review_ids=ids)


def test_undoing_leaves_what_somebody_declared_meanwhile(
    people: Dataset, steward: Principal
) -> None:
    detect_classes([people.pk], acting=READER)
    (review,) = accept_surest(acting=steward, least=0.95)
    ColumnLabel.objects.update(origin=Origin.DECLARED)

    undo_reviews(acting=steward, review_ids=[review.pk])

    assert ColumnLabel.objects.count() == 1


def test_forty_columns_take_one_screen_and_two_submits(
    people: Dataset, steward: Principal, django_assert_max_num_queries: Any
) -> None:
    # Given a hundred columns to review
    wide = table("shop.crm.wide", [f"email_{number}" for number in range(100)])
    Dataset.objects.filter(pk=wide.pk).update(domain=people.domain)
    detect_classes([wide.pk], acting=READER)
    browser = Client()
    browser.force_login(Person.objects.get(pk=steward.person_id))
    page = f"/lineage/classifications/?dataset={wide.pk}"
    assert "At least 100 columns may hold personal, financial or secret data" in home(browser)

    # When the page shows forty of them, and all are answered in one submit
    with django_assert_max_num_queries(40):
        shown = browser.get(page).content.decode()
    assert shown.count("data-review-row") == 40
    assert "Its name says email." in shown
    # One form holds them all with three answers each, and a script that knows its keys
    form_alone = shown.partition(" data-reviewing>")[2].partition("</form>")[0]
    assert form_alone.count("data-review-row") == 40
    assert form_alone.count('type="radio"') == 120
    assert form_alone.count("<kbd>") == 8
    assert "concord/js/reviewing.js" in shown
    pairs = [f"{row.column_id}-{row.label_id}" for row in SuggestedClass.objects.all()][:40]
    form = {f"answer-{pair}": "accepted" for pair in pairs}
    form |= {f"answer-{pairs[0]}": "rejected"}
    form |= {f"answer-{pairs[1]}": "", f"instead-{pairs[1]}": "Personal / Contact"}  # named alone
    posted = browser.post(page, form)
    assert posted.status_code == 302
    verdicts = ClassificationReview.objects.values_list("verdict", flat=True)
    assert sorted(verdicts) == [*["accepted"] * 38, "changed", "rejected"]

    # Then undo takes all of it back at once, and the rest can be accepted by certainty
    undone = browser.post(f"/lineage/classifications/undo/?dataset={wide.pk}")
    assert undone.status_code == 302
    assert not ClassificationReview.objects.exists()
    assert not ColumnLabel.objects.exists()
    browser.post(page, {"surest": "1", "surest-level": "0.95"})
    assert ColumnLabel.objects.count() == 100
    assert "Nothing to review" in browser.get(page).content.decode()
    assert "may hold personal" not in home(browser)


def home(browser: Client) -> str:
    return browser.get("/").content.decode()


def test_reviews_wait_at_home_for_whom_they_are_asked_and_no_one_else(
    people: Dataset, steward: Principal, django_assert_num_queries: Any
) -> None:
    detect_classes([people.pk], acting=READER)
    with django_assert_num_queries(1):
        (item,) = reviews_waiting(steward)

    assert (item.title, item.href) == (
        "At least 2 columns may hold personal, financial or secret data",
        "/lineage/classifications/?mine=1",
    )
    assert reviews_waiting(principal_of(PersonFactory())) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"answer-x-1": "accepted"}, 400),
        ({"answer-1-1": "maybe"}, 400),
        ({"surest": "1", "surest-level": "x"}, 400),
    ],
)
def test_a_form_of_nonsense_is_refused_on_the_page(
    steward: Principal, form: dict[str, str], status: int
) -> None:
    browser = Client()
    browser.force_login(Person.objects.get(pk=steward.person_id))
    answered = browser.post("/lineage/classifications/", form)
    assert answered.status_code == status
    assert "Nothing was changed" in answered.content.decode()


def test_rest_and_graphql_do_the_same(people: Dataset, steward: Principal) -> None:
    detect_classes([people.pk], acting=READER)
    browser = Client()
    browser.force_login(Person.objects.get(pk=steward.person_id))
    rest = "/api/v1/lineage/classifications/"

    def graphql(query: str) -> Any:
        told = browser.post("/graphql/", {"query": query}, content_type="application/json").json()
        assert "errors" not in told, told
        return told["data"]

    def post(path: str, body: Any) -> Any:
        return browser.post(path, body, content_type="application/json")

    # When REST lists, changes one and takes it back
    (first, second) = browser.get(f"{rest}?source=name").json()["suggestions"]
    assert first["sources"] == ["name"]
    assert first["evidence"] == [{"source": "name", "text": "Its name says email", "weight": 3.2}]
    item = {"column": first["column"]["id"], "label": first["label_id"]}
    made = post(rest, {"items": [{**item, "verdict": "changed", "instead": "Personal"}]})
    assert made.status_code == 201, made.json()
    assert post(f"{rest}reviews/undo/", {"reviews": made.json()["reviews"]}).status_code == 200
    assert post(rest, {"items": [item]}).status_code == 400
    surest = post(f"{rest}surest/", {"least": 0.95})
    assert surest.json()["reviewed"] == 1
    post(f"{rest}reviews/undo/", {"reviews": surest.json()["reviews"]})

    # Then GraphQL does as much
    asked = graphql(
        '{ classificationSuggestions(least: 0.5, source: "name") { suggestions {'
        " label sources evidence { source text weight } } } }"
    )["classificationSuggestions"]["suggestions"]
    assert [one["label"] for one in asked] == [first["label"], second["label"]]
    items = f'{{column: "{item["column"]}", label: "{item["label"]}", verdict: "rejected"}}'
    told = graphql(
        f"mutation {{ reviewClassifications(items: [{items}]) {{ reviewed reviews }} }}"
    )["reviewClassifications"]
    ids = ", ".join(f'"{one}"' for one in told["reviews"])
    query = f"mutation {{ undoClassificationReviews(reviews: [{ids}]) {{ reviewed }} }}"
    assert graphql(query)["undoClassificationReviews"] == {"reviewed": 1}
    query = "mutation { acceptSurestClassifications(least: 0.95) { reviewed } }"
    assert graphql(query)["acceptSurestClassifications"] == {"reviewed": 1}

"""Lists of datasets: their filters, their files, and one change on many of them."""

from __future__ import annotations

import csv
import datetime as dt
import json
from io import StringIO
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Dataset, DatasetLabel, Event, Label, Ownership, Person
from catalog.selectors import dataset_lists
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.types import LabelKind, Lifecycle, Origin, OwnershipKind
from tests.factories import (
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
    principal,
)

pytestmark = pytest.mark.django_db


def names(conditions: DatasetFilter, sort: str = "") -> list[str]:
    return [dataset.name for dataset in listed_datasets(principal(), conditions, sort)]


def test_each_condition_narrows_the_list() -> None:
    domain, team, person = DomainFactory(), TeamFactory(), PersonFactory()
    plain = DatasetFactory(name="plain")
    OwnershipFactory(dataset=DatasetFactory(name="owned", kind="view"), person=person)
    OwnershipFactory(dataset=DatasetFactory(name="teamed"), person=None, team=team)
    DatasetFactory(name="in_domain", domain=domain, lifecycle=Lifecycle.DRAFT)
    DatasetFactory(name="gone", disappeared_at=dt.datetime.now(dt.UTC))
    tagged = DatasetFactory(name="tagged")
    label = Label.objects.create(kind="tag", name="gold", path="gold")
    DatasetLabel.objects.create(dataset=tagged, label=label, origin=Origin.DECLARED)

    assert names(DatasetFilter(owner=person.username)) == ["owned"]
    assert names(DatasetFilter(kind="view")) == ["owned"]
    assert names(DatasetFilter(team=team.pk)) == ["teamed"]
    assert names(DatasetFilter(domain=domain.slug)) == ["in_domain"]
    assert names(DatasetFilter(lifecycle="draft")) == ["in_domain"]
    assert names(DatasetFilter(label=label.pk)) == ["tagged"]
    assert names(DatasetFilter(system=plain.system_id)) == ["plain"]
    assert names(DatasetFilter(find="DOM in_")) == ["in_domain"]
    assert "gone" not in names(DatasetFilter())
    assert "gone" in names(DatasetFilter(gone=True))


@given(
    st.builds(
        DatasetFilter,
        find=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=20),
        system=st.none() | st.integers(1, 10**12),
        owner=st.sampled_from(["", "ada", "a b"]),
        gap=st.sampled_from(["", "any", "owner"]),
        mine=st.booleans(),
    )
)
def test_a_filter_survives_the_address(conditions: DatasetFilter) -> None:
    query = dict(parse_qsl(conditions.query_string()))

    assert DatasetFilter.from_query(query) == conditions


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("system=x", "system is a number."),
        ("container=-1", "container is a number."),
        ("label=9999999999999999999999", "label is too large"),
        ("team=%C2%B2", "team is a number."),
    ],
)
def test_an_id_that_is_none_is_refused_in_a_sentence(
    reader: Client, query: str, words: str
) -> None:
    response = reader.get(f"/datasets/?{query}")

    assert response.status_code == 400
    assert words in response.content.decode()


def test_the_list_is_a_file_too(reader: Client, dataset: Dataset) -> None:
    rows = list(csv.DictReader(StringIO(reader.get("/datasets.csv").content.decode("utf-8-sig"))))
    objects = json.loads(reader.get("/datasets.json").content)

    assert [row["dataset"] for row in rows] == [dataset.qualified_name]
    assert rows[0]["description"] == "Orders as the shop **took** them."
    assert objects[0]["dataset"] == dataset.qualified_name


def test_a_file_that_would_be_cut_is_refused(
    reader: Client, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    DatasetFactory()
    monkeypatch.setattr("catalog.web.paging.MOST_EXPORTED", 1)

    response = reader.get("/datasets.csv")

    assert response.status_code == 400
    assert "more than 1 rows" in response.content.decode()


# --- one change on many ---


def change(client: Client, what: str, ids: list[int], **form: object) -> str:
    datasets = ",".join(str(pk) for pk in ids)
    response = client.post(f"/datasets/change/{what}/", {"datasets": datasets, **form})
    return f"{response.status_code} {response.content.decode()}"


def test_choosing_changes_nothing(administrator: Client, dataset: Dataset) -> None:
    before = Event.objects.count()

    page = administrator.post("/datasets/change/", {"which": "ticked", "dataset": [dataset.pk]})

    assert page.status_code == 200
    assert "Change 1 dataset" in page.content.decode()
    assert f'name="datasets" value="{dataset.pk}"' in page.content.decode()
    assert Event.objects.count() == before


def test_all_of_a_list_are_chosen_by_its_filter(administrator: Client) -> None:
    domain = DomainFactory()
    inside = {DatasetFactory(domain=domain).pk for _ in range(60)}
    DatasetFactory()

    page = administrator.post(
        "/datasets/change/", {"which": "all", "state": f"domain={domain.slug}"}
    ).content.decode()

    chosen = page.split('name="datasets" value="')[1].split('"')[0]
    assert {int(pk) for pk in chosen.split(",")} == inside


def test_an_owner_is_named_on_many(administrator: Client) -> None:
    team = TeamFactory(name="Finance")
    datasets = [DatasetFactory() for _ in range(3)]

    page = change(
        administrator, "owner", [d.pk for d in datasets], owner="team:Finance", kind="steward"
    )

    assert page.startswith("200")
    assert "3 of 3 datasets" in page
    held = Ownership.objects.values_list("dataset", "team", "kind")
    assert set(held) == {(d.pk, team.pk, OwnershipKind.STEWARD) for d in datasets}


def test_what_may_not_be_changed_is_left_and_says_whom_to_ask(
    steward: Client, dataset: Dataset
) -> None:
    domain = DomainFactory()
    foreign = DatasetFactory()

    page = change(steward, "domain", [dataset.pk, foreign.pk], domain=domain.slug)

    assert "1 of 2 datasets" in page
    assert "Only the owners and the stewards" in page
    assert "Ask the domain&#x27;s steward." in page
    foreign.refresh_from_db()
    assert foreign.domain is None
    assert Dataset.objects.get(pk=dataset.pk).domain == domain


@pytest.mark.parametrize(
    ("what", "form", "kind", "path"),
    [
        ("add-tag", {"path": "gold"}, LabelKind.TAG, "gold"),
        ("classify", {"path": "Personal / Contact"}, "classification", "Personal / Contact"),
    ],
)
def test_labels_are_put_on_many(
    administrator: Client, what: str, form: dict[str, str], kind: str, path: str
) -> None:
    datasets = [DatasetFactory(), DatasetFactory()]

    change(administrator, what, [d.pk for d in datasets], **form)

    for dataset in datasets:
        assert dataset.labels.get().label.path == path
        assert dataset.labels.get().label.kind == kind


def test_a_tag_is_taken_off_where_it_is(administrator: Client) -> None:
    tagged, plain = DatasetFactory(), DatasetFactory()
    label = Label.objects.create(kind="tag", name="old", path="old")
    DatasetLabel.objects.create(dataset=tagged, label=label, origin=Origin.DECLARED)

    page = change(administrator, "remove-tag", [tagged.pk, plain.pk], path="old")

    assert "1 of 2 datasets" in page
    assert not DatasetLabel.objects.exists()


def test_the_lifecycle_moves_where_its_gate_is_open(
    administrator: Client, dataset: Dataset
) -> None:
    page = change(administrator, "lifecycle", [dataset.pk], to="curated", reason="")

    assert "0 of 1 dataset" in page
    assert "it needs" in page
    change(administrator, "lifecycle", [dataset.pk], to="deprecated", reason="Use orders_v2")
    dataset.refresh_from_db()
    assert (dataset.lifecycle, dataset.deprecation_note) == ("deprecated", "Use orders_v2")


@pytest.mark.parametrize(
    ("what", "datasets", "form", "status", "says"),
    [
        ("owner", "1", {"owner": "nobody", "kind": "steward"}, 400, "Nobody active is called"),
        ("owner", "1", {"owner": "", "kind": "steward"}, 400, "This field is required"),
        ("add-tag", "", {"path": "x"}, 400, "No dataset was chosen"),
        ("add-tag", "1,x", {"path": "x"}, 400, "by its number"),
        ("add-tag", ",".join(map(str, range(1, 1002))), {"path": "x"}, 400, "too many"),
        ("explode", "1", {}, 400, "no such change"),
    ],
)
def test_bad_input_is_explained_and_changes_nothing(
    administrator: Client,
    what: str,
    datasets: str,
    form: dict[str, str],
    status: int,
    says: str,
) -> None:
    response = administrator.post(f"/datasets/change/{what}/", {"datasets": datasets, **form})

    assert response.status_code == status
    assert says in response.content.decode() or "most that can be changed" in (
        response.content.decode()
    )
    assert not Event.objects.exists()


def test_more_than_a_thousand_are_not_taken(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.web.stewardship.bulk.MAX_DATASETS", 2)
    for _ in range(3):
        DatasetFactory()

    response = administrator.post("/datasets/change/", {"which": "all", "state": ""})

    assert response.status_code == 400
    assert "narrow the list" in response.content.decode()


def test_coming_back_leads_only_to_our_own_pages(administrator: Client, dataset: Dataset) -> None:
    form = {"dataset": [dataset.pk], "next": "https://evil.example/"}

    page = administrator.post("/datasets/change/", form).content.decode()

    assert "evil.example" not in page


def test_everything_sorts(reader: Client, dataset: Dataset) -> None:
    for key in dataset_lists.SORTS:
        for sort in (key, f"-{key}"):
            assert reader.get(f"/datasets/?sort={sort}").status_code == 200


def test_a_person_without_a_stewardship_asks_few_queries(reader: Client, dataset: Dataset) -> None:
    reader.get("/datasets/")
    with CaptureQueriesContext(connection) as queries:
        reader.get("/datasets/")

    assert len(queries) <= 18
    assert Person.objects.exists()


def test_a_list_names_an_owner_once_whatever_they_own_it_as(reader: Client) -> None:
    dataset, team = DatasetFactory(name="orders", kind="ml_model"), TeamFactory(name="Central data")
    for kind in (OwnershipKind.BUSINESS_OWNER, OwnershipKind.TECHNICAL_OWNER):
        OwnershipFactory(dataset=dataset, person=None, team=team, kind=kind)

    page = reader.get("/datasets/").content.decode()

    row = page.split("<tbody>")[1]
    assert row.count("Central data") == 1
    assert '<option value="ml_model">ML model</option>' in page

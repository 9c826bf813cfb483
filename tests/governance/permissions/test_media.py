"""Images, sound and documents: facts are for all, words for who may read them (R-053)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import Dataset, Event, Media, Person
from catalog.search.indexing import Subject, refresh
from catalog.selectors.media import media_of
from catalog.selectors.principals import principal_of
from catalog.selectors.search import Filter, Page, SearchQuery, search, suggest
from catalog.services.media import describe_media
from catalog.types import DatasetKind, DatasetRecord, MediaKind, MediaRecord
from tests.catalog.ingest.sources import bring
from tests.factories import DatasetFactory, PersonFactory, TeamFactory, administrator
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

WORDS = "The chinchilla was promised a raise."


@pytest.fixture
def recording() -> Dataset:
    """Recorded talks on pay, of which opt-out OO-1 keeps all but payroll out."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    talks = larkfield("hr.compensation")["hr.compensation"]
    Dataset.objects.filter(pk=talks.pk).update(kind=DatasetKind.MEDIA)
    describe_media(
        acting=administrator(),
        dataset_id=talks.pk,
        changes={
            "kind": "audio", "format": ".MP3", "duration_seconds": 95, "language": "en-GB",
            "transcript": WORDS,
        },
    )  # fmt: skip
    in_force(opt_out(1))
    talks.refresh_from_db()
    refresh([Subject("dataset", talks.pk)])
    return talks


def person(username: str) -> Any:
    return principal_of(Person.objects.get(username=username))


def hits(username: str, text: str) -> list[str]:
    answer = search(person(username), SearchQuery(text), Page(), ())
    return [hit.kind for hit in answer.hits]


def test_who_is_opted_out_neither_finds_nor_reads_the_words(recording: Dataset) -> None:
    # given a transcript that Ann may not read and Paul may; when both search for a word of it
    assert hits("paul", "chinchilla") == ["transcript"]
    assert hits("ann", "chinchilla") == []
    # then Ann is not even offered it as a correction or a suggestion
    misspelt = search(person("ann"), SearchQuery("chinchila"), Page(), ())
    assert (misspelt.total, misspelt.did_you_mean) == (0, None)
    assert suggest(person("ann"), "chinch") == ()
    # and the page and REST tell her why, and show Paul the words
    client = Client()
    client.force_login(Person.objects.get(username="ann"))
    page = client.get(f"/datasets/{recording.pk}/media/").content.decode()
    refused = client.get(f"/api/v1/datasets/{recording.pk}/transcript/")
    assert "chinchilla" not in page
    assert "There is a transcript, which is data." in page
    assert "OO-1" in page
    assert refused.status_code == 403
    client.force_login(Person.objects.get(username="paul"))
    assert WORDS in client.get(f"/datasets/{recording.pk}/media/").content.decode()
    answer = client.get(f"/api/v1/datasets/{recording.pk}/transcript/").json()
    assert answer == {"transcript": WORDS}
    asked = f'{{ dataset(id: "{recording.pk}") {{ media {{ kind format }} transcript }} }}'
    graph = client.post("/graphql/", {"query": asked}, content_type="application/json").json()
    assert graph["data"]["dataset"] == {
        "media": {"kind": "audio", "format": "mp3"}, "transcript": WORDS}  # fmt: skip


def test_facts_of_media_are_facets_for_all(recording: Dataset) -> None:
    facets = ("media", "format", "length", "language")
    only = (Filter("kind", "dataset"),)
    answer = search(person("ann"), SearchQuery("", filters=only), Page(), facets)

    assert {f.field: [(v.value, v.count) for v in f.values] for f in answer.facets} == {
        "media": [("audio", 1)], "format": [("mp3", 1)], "length": [("1-to-10-minutes", 1)],
        "language": [("en-GB", 1)],
    }  # fmt: skip
    assert hits("ann", "media:audio kind:dataset") == ["dataset"]
    assert hits("ann", "length:over-an-hour kind:dataset") == []
    client = Client()
    client.force_login(Person.objects.get(username="ann"))
    overview = client.get(f"/datasets/{recording.pk}/").content.decode()
    assert "Audio, mp3" in overview
    assert "There is a transcript that you may not read." in overview


def test_a_source_fills_what_people_did_not_set() -> None:
    # given a document of a source; when a person corrects the pages and the source speaks again
    name = "s3://vault/contracts.one"
    first = MediaRecord(MediaKind.DOCUMENT, "pdf", pages=3, language="de", transcript="Eins")
    bring(DatasetRecord(name, DatasetKind.MEDIA, media=first))
    dataset = Dataset.objects.get(qualified_name=name)
    describe_media(acting=administrator(), dataset_id=dataset.pk, changes={"pages": 4})
    report = bring(
        DatasetRecord(
            name,
            DatasetKind.MEDIA,
            media=MediaRecord(MediaKind.DOCUMENT, "docx", pages=7, language="Deutsch!"),
        )
    )
    # then the person's word stays, the rest follows, and what is no language is told and left out
    media = Media.objects.get(dataset=dataset)
    assert (media.format, media.pages, media.language, media.transcript) == (
        "docx", 4, "de", "Eins")  # fmt: skip
    assert media.declared_fields == ["pages"]
    assert report.problem_count == 1
    # and given back to the source it is the source's with its next word
    describe_media(acting=administrator(), dataset_id=dataset.pk, changes={"pages": ""})
    assert Media.objects.get(dataset=dataset).declared_fields == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "smell"}, "kind"),
        ({"kind": "audio", "pages": "many"}, "pages"),
        ({"kind": "audio", "language": "English please"}, "language"),
        ({"kind": "audio", "color": "red"}, "color"),
        ({"format": "mp3"}, "kind"),
    ],
)
def test_bad_media_facts_name_the_field_and_change_nothing(
    changes: dict[str, Any], field: str
) -> None:
    dataset = DatasetFactory(kind=DatasetKind.MEDIA)

    with pytest.raises(InvalidInput) as refused:
        describe_media(acting=administrator(), dataset_id=dataset.pk, changes=changes)

    assert refused.value.field == field
    assert not Media.objects.exists()
    assert not Event.objects.filter(type="catalog.dataset.changed").exists()


def test_a_table_is_no_media_and_readers_change_nothing() -> None:
    table, song = DatasetFactory(), DatasetFactory(kind=DatasetKind.MEDIA)
    reader = principal_of(PersonFactory())

    with pytest.raises(InvalidInput, match="only media and files have these facts"):
        describe_media(acting=administrator(), dataset_id=table.pk, changes={"kind": "image"})
    with pytest.raises(AccessRefused):
        describe_media(acting=reader, dataset_id=song.pk, changes={"kind": "audio"})
    assert media_of(reader, song) is None

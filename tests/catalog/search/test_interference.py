"""Who may not see a thing is answered as if it were not there: hits, order, counts, facets,
corrections, suggestions, refusals and downloads alike (law 4)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet

from catalog.access import Action, Verdict, gate, install_gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, SearchWord
from catalog.search import spelling
from catalog.search.documents import spelled
from catalog.search.indexing import Subject, refresh
from catalog.search_documents.datasets import dataset_documents
from catalog.selectors.search import ALL_FACETS, Page, SearchAnswer, SearchQuery, search, suggest
from catalog.types import Principal
from tests.factories import principal

pytestmark = pytest.mark.django_db

PEOPLE, OBJECTS, PAIRS = 16, 20, 200
WORDS = ("harbor", "tides", "vessel", "pilot", "cargo", "berth", "crane", "quay", "lamp", "buoy")
SECRETS = (
    "amaranth", "bergamot", "cinnabar", "dulcimer", "elderberry", "feldspar", "gossamer",
    "heliotrope", "isinglass", "jacaranda", "kaleidoscope", "lodestone", "marzipan", "nasturtium",
    "obsidian", "periwinkle", "quicksilver", "rosemary", "saltpeter", "tamarind",
)  # fmt: skip


class _HidingGate:
    """The gate in force, with datasets that some people may not see."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.hidden: dict[str, set[int]] = {}

    def authorize(self, principal: Principal, action: Action, subject: Any = None) -> Verdict:
        return self._inner.authorize(principal, action, subject)  # type: ignore[no-any-return]

    def scope(self, principal: Principal, action: Action, queryset: QuerySet[Any]) -> QuerySet[Any]:
        scoped = self._inner.scope(principal, action, queryset)
        hidden = self.hidden.get(principal.username)
        if hidden and queryset.model is Dataset:
            return scoped.exclude(pk__in=hidden)
        return scoped


@pytest.fixture
def hiding() -> Iterator[_HidingGate]:
    """A gate that hides what a test says."""
    before = gate()
    hides = _HidingGate(before)
    install_gate(hides)
    yield hides
    install_gate(before)


@pytest.fixture
def made(dataset: Callable[..., Dataset]) -> list[Dataset]:
    """Twenty datasets that share words, tags and columns, each with a word, tag and column of its
    own; ten that everybody sees."""
    chance = random.Random(7)
    found = []
    for number in range(OBJECTS + 10):
        first, second, third = chance.sample(WORDS, 3)
        own = SECRETS[number] if number < OBJECTS else f"open{chr(97 + number - OBJECTS)}"
        found.append(
            dataset(
                f"{first}_{own}" if number % 2 else f"{first}_{second}",
                schema=f"s{number}",
                columns=(f"{own}_id", f"{second}_code", f"{third}_at"),
                tags=(own, third),
                harvested_description=f"The {third} of each {first}, with {own} and {second}s",
                usage_score=number * 10,
            )
        )
    return found


def _texts(own: str) -> list[str]:
    """What somebody may type who guesses at a hidden word."""
    return [
        own,
        own[1] + own[0] + own[2:],  # a slip
        own[:-1],
        f"tag:{own}",
        f"tag:{own[:4]}",
        f"{own}_id",
        f"column:{own} harbor",
        f"harbor OR {own}",
        f"what is the {own} of each vessel, pilot, cargo and berth at the quay",
        f'"{own}" tides',
        f"harbor {own[:5]}",
        "harbor tides",
        f"kind:{own}",
        f"({own}",
        "",
    ]


def _seen(person: Principal, text: str) -> Any:
    """Everything that a person is told about a text, whichever ids things have."""
    try:
        answer = search(person, SearchQuery(text), Page(25), ALL_FACETS)
        told = [_told(answer)]
        while answer.next_page is not None:
            answer = search(person, SearchQuery(text), answer.next_page)
            told.append(_told(answer))
    except InvalidInput as refusal:
        told = [refusal.message]
    told.append(_told(search(person, SearchQuery(text, is_plain=True), Page(25))))
    suggested = suggest(person, text)
    return told, [(s.kind, s.name, s.qualified_name, s.place, s.query) for s in suggested]


def _told(answer: SearchAnswer) -> Any:
    hits = [
        (h.kind, h.name, h.qualified_name, h.band, h.explanation, h.snippet, h.columns, h.matched)
        for h in (*answer.hits, *answer.column_hits)
    ]
    rest = (answer.total, answer.total_is_exact, answer.facets, answer.notices)
    return hits, rest, answer.did_you_mean, answer.next_page is None


def _forget(dataset: Dataset, others: list[Dataset]) -> None:
    """Make a world that never had the dataset: in the catalog, the index and the dictionary."""
    kept = {
        word for doc in dataset_documents([other.pk for other in others]) for word in spelled(doc)
    }
    (document,) = dataset_documents([dataset.pk])
    pk = dataset.pk
    Dataset.objects.filter(pk=pk).delete()
    refresh([Subject("dataset", pk)])
    SearchWord.objects.filter(word__in={*spelled(document)} - kept).delete()
    spelling.forget_read()


def test_of_200_hidden_things_none_moves_an_answer(
    made: list[Dataset], hiding: _HidingGate, search_backend: str
) -> None:
    chance = random.Random(11)
    people = [principal(username=f"p{number}", display_name="P") for number in range(PEOPLE)]
    confidential = made[:OBJECTS]
    pairs = [(person, thing) for person in people for thing in confidential]
    chosen = chance.sample(pairs, PAIRS)
    for person, thing in chosen:
        hiding.hidden.setdefault(person.username, set()).add(thing.pk)
    spelling.forget_read()
    asked: dict[tuple[str, str], Any] = {}

    compared = 0
    for number, thing in enumerate(confidential):
        texts = _texts(SECRETS[number])
        hidden_from = [person for person, hidden in chosen if hidden.pk == thing.pk]
        for person in hidden_from:
            for text in texts[compared % 5 :: 5]:
                asked[person.username, text] = _seen(person, text)
            compared += 1
        compared -= len(hidden_from)
        with transaction.atomic():
            _forget(thing, [other for other in made if other.pk != thing.pk])
            for person in hidden_from:
                for text in texts[compared % 5 :: 5]:
                    assert asked[person.username, text] == _seen(person, text), (thing.name, text)
                compared += 1
            transaction.set_rollback(True)
        spelling.forget_read()
    assert compared == PAIRS


def test_who_sees_it_finds_it(made: list[Dataset], hiding: _HidingGate) -> None:
    nobody_hides = principal(username="sees everything")
    hiding.hidden["sees less"] = {made[1].pk}

    assert _seen(nobody_hides, SECRETS[1]) != _seen(principal(username="sees less"), SECRETS[1])
    assert search(nobody_hides, SearchQuery(f"tag:{SECRETS[1]}")).total == 1

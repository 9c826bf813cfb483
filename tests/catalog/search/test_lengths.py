"""The average length of texts is asked of a cluster once in a while, and not with each search; what
a length takes from a text is what the database takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.search.backends.elasticsearch import layout, lengths
from catalog.search.backends.elasticsearch.bodies import LEVELS, OF_ONE_WORD
from catalog.search.backends.elasticsearch.weighing import STEPS, texts_of
from catalog.search.backends.postgres.weighing import SATURATION, SHARE_OF_LENGTH, Weighing
from catalog.search.query import Word


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    lengths.forget()
    yield
    lengths.forget()


def _answer(average: float | None) -> dict[str, object]:
    return {"aggregations": {"length": {"value": average and average * OF_ONE_WORD}}}


def test_what_was_measured_holds_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an average that was measured
    now = 1_000.0
    monkeypatch.setattr(lengths.time, "monotonic", lambda: now)
    assert lengths.measured(_answer(42.5)) == 42.5

    # Then it is known, of this index alone, until a minute has passed
    assert lengths.known() == 42.5
    with layout.apart("another"):
        assert lengths.known() is None
    now += lengths.SECONDS
    assert lengths.known() is None


def test_an_index_without_texts_is_measured_again() -> None:
    # Given an index that has none yet
    assert lengths.measured(_answer(None)) == 0

    # Then nothing is remembered of it
    assert lengths.known() is None


@pytest.mark.parametrize("length", [3.0, 19.5, 40.0, 900.0])
def test_what_a_cluster_makes_of_a_distance_is_what_the_database_computes(length: float) -> None:
    # Given a word that weighs all there is, and an average text of 40 words
    weighing = Weighing(((Word("tide", "tide", 0, 4), 2.0),), (), average=40.0, most=2.0)
    (clause,) = texts_of(weighing, [5])

    scores = []
    for one in clause["dis_max"]["queries"]:
        ((held,), (scored,)) = (one["bool"]["filter"], one["bool"]["should"])
        near = scored["distance_feature"]
        pivot = int(near["pivot"].removesuffix("ms"))
        distance = round(length * OF_ONE_WORD) - near["origin"]
        scores.append((held["term"]["roots"], near["boost"] * pivot / (pivot + distance)))

    # Then each level gives what BM25 does where a word stands so often in a text of the length
    norm = SATURATION * (1 - SHARE_OF_LENGTH + SHARE_OF_LENGTH * length / 40)
    assert [root for root, _ in scores][:3] == ["tide", "tide^1.5", "tide^2"]
    assert [score for _, score in scores] == pytest.approx(
        [STEPS * level / (level + norm) for level in LEVELS], rel=1e-3
    )


def test_a_long_question_stays_within_the_clauses_of_a_cluster() -> None:
    # Given as many words as a query may have with others for the same, the last the rarest
    words = [Word(f"word{n}", f"word{n}", 0, 0) for n in range(60)]
    weighing = Weighing(tuple((word, 1.0 + at) for at, word in enumerate(words)), (), 40.0, 100.0)

    clauses = list(texts_of(weighing, [3] * 60))

    # Then the rarest are told by how often they stand, and all by whether they do
    told = [len(clause["dis_max"]["queries"]) for clause in clauses]
    assert told == [len(LEVELS)] * 30 + [1] * 30
    first = clauses[0]["dis_max"]["queries"][0]["bool"]["filter"][0]["term"]["roots"]
    assert first == words[-1].root

"""What differs between two documents, and that nothing is left out."""

import json
import time
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from governance.agreements.canonical import canonical
from governance.agreements.diff import DifferenceKind, apply, difference, only_prose
from tests.governance.agreement_documents import Sample, sample

WORDS = st.text("abc .[]", max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("abcdef"),
            "definition": WORDS,
            "entry": st.sampled_from(["a > 1", "a > 2 AND b", "(", ""]),
            "examples": st.lists(st.dictionaries(WORDS, st.integers(0, 2), max_size=2), max_size=3),
        }
    ),
    max_size=6,
)
LINKS = st.lists(
    st.fixed_dictionaries({"from": st.sampled_from("abc"), "to": st.sampled_from("abc")}),
    max_size=5,
)
DOCUMENTS = st.fixed_dictionaries(
    {"name": WORDS, "about": WORDS, "words": st.lists(WORDS, max_size=5)},
    optional={"steps": STEPS, "links": LINKS, "shape": VALUES, "period": VALUES, "note": VALUES},
)


@given(DOCUMENTS, DOCUMENTS)
def test_the_differences_applied_to_the_old_document_give_the_new_one(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    untouched = json.dumps(before)

    for declared in (Sample, None):
        found = difference(before, after, declared)

        assert canonical(apply(found, before)) == canonical(after)
        assert bool(found) == (canonical(before) != canonical(after))
        json.dumps([one.document() for one in found])
    assert json.dumps(before) == untouched


@given(DOCUMENTS)
def test_equal_documents_do_not_differ(document: dict[str, Any]) -> None:
    assert difference(document, json.loads(json.dumps(document)), Sample) == ()


def test_an_item_is_found_by_its_key_wherever_it_stands() -> None:
    before = sample(steps=[{"key": "a"}, {"key": "b", "entry": "x > 30"}, {"key": "c"}])
    after = sample(steps=[{"key": "b", "entry": "x > 60"}, {"key": "d"}, {"key": "a"}])

    found = difference(before, after, Sample)

    assert [(one.kind, one.path) for one in found] == [
        (DifferenceKind.REMOVED, "steps[c]"),
        (DifferenceKind.MOVED, "steps"),
        (DifferenceKind.ADDED, "steps[d]"),
        (DifferenceKind.CHANGED, "steps[b].entry"),
    ]
    assert (found[1].before, found[1].after) == (["a", "b"], ["b", "a"])
    assert found[2].position == 1
    assert found[3].title == "Steps, b, Entry"
    assert found[3].predicate is not None
    assert found[3].predicate.sentence == "x > 30 became x > 60."


def test_two_fields_can_tell_items_apart() -> None:
    before = sample(links=[{"from": "a", "to": "b"}, {"from": "a", "to": "c"}])
    after = sample(links=[{"from": "a", "to": "c"}])

    assert [one.path for one in difference(before, after, Sample)] == ["links[a → b]"]


def test_items_without_a_key_are_compared_by_position() -> None:
    before = sample(words=["one", "two", "three"])
    after = sample(words=["one", "2", "three", "four"])

    found = difference(before, after, Sample)

    assert [(one.kind, one.path, one.before, one.after) for one in found] == [
        (DifferenceKind.ADDED, "words[3]", None, "four"),
        (DifferenceKind.CHANGED, "words[1]", "two", "2"),
    ]


def test_prose_is_compared_word_by_word() -> None:
    (found,) = difference(sample(about="pays on time"), sample(about="pays in time"), Sample)

    assert [tuple(change) for change in found.words] == [
        ("pays ", "pays "),
        ("on", "in"),
        (" time", " time"),
    ]
    assert found.document()["words"] == [["pays ", "pays "], ["on", "in"], [" time", " time"]]


def test_a_statement_is_compared_word_by_word_as_well() -> None:
    before, after = "SELECT a FROM t", "SELECT a, b FROM t"
    (found,) = difference(
        sample(steps=[{"key": "a", "entry": before}]),
        sample(steps=[{"key": "a", "entry": after}]),
        Sample,
    )

    assert [tuple(change) for change in found.words if not change.is_same] == [("", ", b")]
    shown = render_to_string("governance/agreements/differences.html", {"differences": [found]})
    assert "<ins>, b</ins>" in shown
    assert "<del>" not in shown
    assert "is a statement, not an expression" not in shown


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("a OR b = 2", "(A or (b=2))", "Only the spelling differs; the condition is the same."),
        ("a = 1 OR b = 2", "a = 1 AND b = 2", "The conditions are combined differently."),
        ("a = 1 AND b", "a = 1 AND c > 0", "b went; c > 0 came."),
        ("a = 1", "a = (", "It cannot be read near '(' (line 1, column 5)."),
        ("a = 1", "a = 1; DROP TABLE x", "The text is not exactly one expression."),
        ("a = 1", "SELECT 1", "The text is a statement, not an expression."),
    ],
)  # fmt: skip
def test_predicates_are_compared_by_their_trees(before: str, after: str, sentence: str) -> None:
    (found,) = difference(
        sample(steps=[{"key": "a", "entry": before}]),
        sample(steps=[{"key": "a", "entry": after}]),
        Sample,
    )

    assert found.predicate is not None
    assert found.predicate.sentence == sentence


def test_a_document_takes_true_and_one_for_different_things() -> None:
    assert len(difference({"a": True}, {"a": 1})) == 1
    assert difference({"a": 1}, {"a": 1.0}) == ()


def test_a_revision_that_touches_only_prose_is_told() -> None:
    before = sample(about="one", steps=[{"key": "a", "definition": "x"}])
    prose = frozenset({"about", "steps[].definition"})

    reworded = sample(about="two", steps=[{"key": "a", "definition": "y"}])
    renamed = sample(about="two", name="Other", steps=[{"key": "a", "definition": "y"}])

    assert only_prose(difference(before, reworded, Sample), prose)
    assert not only_prose(difference(before, renamed, Sample), prose)


def test_a_difference_that_does_not_fit_is_refused() -> None:
    found = difference(sample(steps=[{"key": "a"}]), sample(), Sample)

    with pytest.raises(LookupError):
        apply(found, sample(steps=[{"key": "b"}]))


def test_long_lists_that_repeat_themselves_are_compared_in_little_time() -> None:
    before = {"words": ["same", *["a", "b"] * 800, "end"]}
    after = {"words": ["same", *["b", "a", "c"] * 800, "end"]}
    started = time.process_time()

    found = difference(before, after)

    assert time.process_time() - started < 2
    assert canonical(apply(found, before)) == canonical(after)
    assert {one.path for one in found}.isdisjoint({"words[0]", "words[2401]"})


def test_one_item_taken_out_of_a_long_list_is_one_difference() -> None:
    words = [f"word {number}" for number in range(1_000)]

    found = difference({"words": words}, {"words": words[:500] + words[501:]})

    assert [(one.kind, one.path, one.before) for one in found] == [
        (DifferenceKind.REMOVED, "words[500]", "word 500")
    ]


def test_an_object_that_came_is_told_field_by_field_without_what_it_leaves_open() -> None:
    step = {"key": "a", "definition": "Signed.", "entry": "", "examples": []}
    (found,) = difference(sample(steps=[]), sample(steps=[step]), Sample)

    assert dict(found.fields)["Definition"] == "Signed."
    assert "" not in dict(found.fields).values()
    page = render_to_string("governance/agreements/differences.html", {"differences": [found]})
    assert "<ins>Signed.</ins>" in page
    assert "nothing" not in page


def test_a_field_that_came_and_says_nothing_is_not_told() -> None:
    found = difference({}, {"name": "x", "about": "", "words": []})

    assert [one.path for one in found if not one.says_nothing] == ["name"]

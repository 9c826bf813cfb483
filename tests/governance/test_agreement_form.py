"""A document becomes a form and comes back the same; what is wrong is said at its field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from catalog.errors import InvalidInput
from governance.agreements.form import (
    FieldKind,
    blank_form,
    changed_form,
    form_fields,
    form_of_document,
    label_of,
    read_form,
)
from governance.agreements.form.drafts import read_value, written_value
from governance.agreements.kind import Document
from governance.agreements.kinds import kinds
from governance.agreements.patterns import IN_WORDS
from governance.proposals.web.papers import Paper
from tests.governance.agreement_documents import Sample, sample

WORDS = st.text("abc é-0\"{}'\n", max_size=6).map(str.strip)
NAMED = WORDS.filter(bool)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('aé 0.-"\\{[tnull', max_size=8).map(str.strip)
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "key": NAMED,
            "definition": WORDS,
            "entry": WORDS,
            "examples": st.lists(st.dictionaries(NAMED, SCALARS, max_size=3), max_size=3),
        }
    ),
    max_size=4,
)
DATES = st.dates().map(str)
DOCUMENTS = st.fixed_dictionaries(
    {"name": NAMED},
    optional={
        "about": WORDS,
        "note": st.none() | NAMED,
        "count": st.none() | st.integers(0, 10),
        "ratio": st.floats(allow_nan=False, allow_infinity=False),
        "price": st.none() | st.decimals(allow_nan=False, allow_infinity=False).map(str),
        "enabled": st.booleans(),
        "color": st.sampled_from(["red", "green"]),
        "tint": st.none() | st.sampled_from(["light", "dark"]),
        "since": st.none() | DATES,
        "seen_at": st.none() | st.datetimes().map(lambda at: at.isoformat() + "Z"),
        "every": st.none() | st.timedeltas(),
        "dataset": WORDS,
        "words": st.lists(NAMED, max_size=4),
        "numbers": st.lists(st.integers(-5, 5), max_size=4),
        "period": st.none() | st.fixed_dictionaries({"from": DATES}, optional={"to": DATES}),
        "shape": st.fixed_dictionaries({"kind": st.just("circle"), "radius": st.floats(0, 9)})
        | st.fixed_dictionaries(
            {"kind": st.just("square"), "side": st.integers(1, 9), "filled": st.booleans()}
        ),
        "steps": STEPS,
        "links": st.lists(st.fixed_dictionaries({"from": WORDS, "to": WORDS}), max_size=3),
    },
)


@given(DOCUMENTS, st.sampled_from(["", "document-"]))
def test_a_document_comes_back_from_its_form_the_same(fields: dict[str, Any], prefix: str) -> None:
    document = sample(**fields)

    data = form_of_document(Sample, document, prefix=prefix).data
    read = read_form(Sample, {**data, "csrf": "x"} if prefix else data, prefix=prefix)

    assert read.errors == ()
    assert read.document is not None
    assert read.document.model_dump(mode="json") == document
    assert read.data == data


@given(SCALARS)
def test_a_value_of_any_type_reads_back_the_same(value: Any) -> None:
    read = read_value(written_value(value))

    assert (type(read), read) == (type(value), value)


def test_half_a_surrogate_pair_is_the_text_that_was_written() -> None:
    assert read_value('"\\ud800"') == '"\\ud800"'


@given(st.dictionaries(st.text("steps-0123shapekind+rowgivn", max_size=14), st.text(max_size=5)))
def test_whatever_is_sent_is_read_or_refused_at_its_field(data: dict[str, str]) -> None:
    read = read_form(Sample, data)

    assert (read.document is None) == bool(read.errors)
    assert all(error.message for error in read.errors)


def test_fields_say_what_the_type_declares() -> None:
    fields = {field.name: field for field in form_fields(Sample)}

    assert {name: field.kind.value for name, field in fields.items()} == {
        "name": "text",
        "about": "prose",
        "note": "text",
        "count": "number",
        "ratio": "number",
        "price": "number",
        "enabled": "boolean",
        "color": "choice",
        "tint": "choice",
        "since": "date",
        "seen_at": "datetime",
        "every": "duration",
        "dataset": "picker",
        "words": "list",
        "numbers": "list",
        "period": "group",
        "shape": "variant",
        "steps": "rows",
        "links": "rows",
    }
    assert (fields["name"].title, fields["name"].help) == ("Name", "What people call it.")
    assert (fields["name"].required, fields["name"].fewest) == (True, 1)
    assert (fields["count"].minimum, fields["count"].maximum, fields["count"].whole) == (
        0,
        10,
        True,
    )
    assert [choice.value for choice in fields["color"].choices] == ["red", "green"]
    assert fields["dataset"].picker == "dataset"
    assert fields["period"].nullable
    assert [field.name for field in fields["links"].fields] == ["from", "to"]
    assert [one.value for one in fields["shape"].variants] == ["circle", "square"]
    assert fields["numbers"].item is not None
    assert fields["numbers"].item.whole
    assert [field.kind for field in fields["steps"].fields][-1] is FieldKind.LIST


def test_errors_stand_at_dotted_paths_and_at_their_fields() -> None:
    # given a form with one mistake of every sort
    data = {
        "name": "",
        "count": "eleven",
        "ratio": "1e999",
        "color": "blue",
        "since": "yesterday",
        "every": "a week",
        "numbers-0": "1",
        "numbers-1": "x",
        "shape-kind": "square",
        "shape-side": "0",
        "steps-0-key": "a",
        "steps-1-key": "",
        "period-given": "1",
        "colour": "red",
    }

    read = read_form(Sample, data)

    assert {error.path: error.message for error in read.errors} == {
        "colour": "There is no such field; remove it.",
        "name": "Fill this in.",
        "count": "Write a whole number.",
        "ratio": "Write a finite number.",
        "color": "Choose one of 'red' or 'green'.",
        "since": "Write a date such as 2026-03-01.",
        "every": "Write a duration such as P7D (seven days) or PT6H (six hours).",
        "numbers.1": "Write a whole number.",
        "period.from": "Fill this in.",
        "shape.side": "Write a number of at least 1.",
        "steps.1.key": "Fill this in.",
    }
    assert read.document is None
    bound = {field.path: field for field in read.fields}
    assert bound["count"].value == "eleven"
    assert bound["count"].errors == ("Write a whole number.",)
    assert bound["steps"].children[1].children[0].errors == ("Fill this in.",)
    assert bound["steps"].children[1].children[0].key == "steps-1-key"
    assert bound["numbers"].children[1].errors == ("Write a whole number.",)


def test_a_wrong_value_in_a_mapping_is_shown_at_its_row() -> None:
    document = {"name": "x", "steps": [{"key": "a", "examples": [{"score": [1]}]}]}

    read = form_of_document(Sample, sample(steps=[{"key": "a", "examples": [{"score": 1}]}]))
    (example,) = read.fields[-2].children[0].children[-1].children

    assert [(part.key, part.value) for part in example.children[0].children] == [
        ("steps-0-examples-0-0-name", "score"),
        ("steps-0-examples-0-0-value", "1"),
    ]
    with pytest.raises(ValueError, match="steps"):
        Sample.model_validate(document)


def test_rows_come_go_and_move_without_a_script() -> None:
    data: dict[str, str] = dict(form_of_document(Sample, sample(steps=[{"key": "a"}])).data)

    def press(action: str) -> list[str]:
        form = changed_form(Sample, data, action)
        data.clear()
        data.update(form.data)
        return [step["key"] for step in form.values["steps"]]

    assert press("add:steps") == ["a", ""]
    data["steps-1-key"] = "b"
    assert press("up:steps-1") == ["b", "a"]
    assert press("add:steps-0-examples") == ["b", "a"]
    assert data["steps-0-examples-rows"] == "1"
    assert press("add:steps-0-examples-0") == ["b", "a"]
    assert data["steps-0-examples-0-0-name"] == ""
    assert press("down:steps-0") == ["a", "b"]
    assert data["steps-1-examples-rows"] == "1"
    assert press("remove:steps-0") == ["b"]
    assert press("add:period") == ["b"]
    assert (data["period-given"], data["period-from"]) == ("1", "")
    assert press("remove:period") == ["b"]
    assert "period-given" not in data


def test_another_variant_shows_its_own_fields() -> None:
    data = dict(form_of_document(Sample, sample()).data)
    data["shape-kind"] = "square"

    form = changed_form(Sample, data, "show:shape")

    assert form.data["shape-side"] == ""
    assert "shape-radius" not in form.data
    shape = next(field for field in form.fields if field.path == "shape")
    assert [child.key for child in shape.children] == ["shape-side", "shape-filled"]
    # and what was sent of the other variant is let go, not refused
    assert [error.path for error in read_form(Sample, data).errors] == ["shape.side"]


@pytest.mark.parametrize(
    "action",
    ["", "add", "add:name", "drop:steps", "remove:steps-7", "up:steps-0", "remove:steps--1",
     "add:steps-0-examples-x", "remove:steps-²", "add:shape", "show:steps"],
)  # fmt: skip
def test_an_action_that_fits_nothing_is_refused(action: str) -> None:
    data = form_of_document(Sample, sample(steps=[{"key": "a"}])).data

    with pytest.raises(InvalidInput, match="use one of its buttons"):
        changed_form(Sample, data, action)


def test_a_blank_form_shows_defaults() -> None:
    form = blank_form(Sample)

    assert form.data["ratio"] == "0.5"
    assert form.data["enabled"] == "on"
    assert form.data["color"] == "red"
    assert form.data["shape-radius"] == "1.0"
    assert form.data["steps-rows"] == "0"
    assert not next(field for field in form.fields if field.path == "period").is_given


def test_more_keys_than_a_form_has_are_refused_before_they_are_read() -> None:
    with pytest.raises(InvalidInput, match="at most 20,000 fields"):
        read_form(Sample, {f"steps-{row}-key": "a" for row in range(20_001)})


def test_a_row_far_away_makes_no_more_rows_than_a_list_has() -> None:
    read = read_form(Sample, {"name": "x", "numbers-99999": "1"})

    assert len(read.data) < 1_100
    assert "numbers.99999" in {error.path for error in read.errors}


def test_a_type_that_contains_itself_has_no_form() -> None:
    class Tree(Document):
        """Endless."""

        children: list["Tree"] = Field(default_factory=list)

    Tree.model_rebuild()
    with pytest.raises(TypeError, match="contains itself"):
        form_fields(Tree)


@pytest.mark.parametrize(
    "wrong",
    [{"steps": "abc"}, {"steps": ["abc"]}, {"steps": {"key": "a"}}, {"period": "2026"},
     {"shape": "circle"}, {"words": "abc"}, {"numbers": [{"a": 1}]}, {"name": ["a"]},
     {"name": {"a": 1}}, {"steps": [{"examples": "x"}]}, {"steps": [{"examples": [["a"]]}]}],
)  # fmt: skip
def test_what_has_another_shape_than_its_field_shows_the_default(wrong: dict[str, Any]) -> None:
    shown = form_of_document(Sample, {**sample(), **wrong})

    assert shown.fields
    assert read_form(Sample, shown.data).data == shown.data


@given(st.dictionaries(st.sampled_from(list(sample())), DOCUMENTS | SCALARS | STEPS))
def test_any_plain_data_can_be_shown(document: dict[str, Any]) -> None:
    assert form_of_document(Sample, document).fields


def test_a_form_can_be_sent_as_json() -> None:
    json.dumps(dict(form_of_document(Sample, sample()).values))


def test_errors_say_their_place_as_the_form_does() -> None:
    read = read_form(Sample, {"name": "x", "steps-0-key": "", "numbers-0": "x", "shape-side": "0"})

    titles = {error.path: error.title for error in read.errors}

    assert titles["steps.0.key"] == "Steps 1, Key"
    assert titles["numbers.0"] == "Numbers 1"
    assert label_of(Sample, "steps.1.examples") == "Steps 2, Examples"


def patterns_in(schema: Any) -> set[str]:
    """Every pattern of a JSON schema."""
    if isinstance(schema, list):
        return {found for item in schema for found in patterns_in(item)}
    if not isinstance(schema, dict):
        return set()
    here = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return here | {found for value in schema.values() for found in patterns_in(value)}


@pytest.mark.parametrize("document_type", [kind.document_type for kind in kinds] + [Paper])
def test_the_form_of_a_text_is_said_in_words(document_type: type[Document]) -> None:
    unsaid = patterns_in(document_type.model_json_schema()) - IN_WORDS.keys()

    # what pydantic itself writes about decimals is said by its own sentence
    assert {one for one in unsaid if not one.startswith("^(?!^[-+.]*$)")} == set()

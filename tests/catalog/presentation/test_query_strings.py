"""The state of a page in its URL: changed where asked, kept everywhere else."""

from urllib.parse import parse_qsl

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from catalog.web.presentation.query_strings import hidden_fields, with_changes, with_toggled

queries = st.dictionaries(
    st.text(min_size=1, max_size=5), st.lists(st.text(max_size=5), min_size=1, max_size=3)
)


def test_a_change_keeps_the_rest_and_starts_the_list_anew() -> None:
    query = {"q": ["a b"], "system": ["x", "y"], "sort": ["name"], "page": ["7"]}

    assert with_changes(query, {"sort": "-name"}) == "?q=a+b&system=x&system=y&sort=-name"


def test_turning_the_page_keeps_the_sort() -> None:
    assert with_changes({"sort": ["name"], "page": ["1"]}, {"page": 2}) == "?sort=name&page=2"


@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_removes_a_key(nothing: object) -> None:
    assert with_changes({"q": ["x"], "as_of": ["2026-01-01"]}, {"as_of": nothing}) == "?q=x"


def test_removing_the_last_key_leaves_an_address_that_clears_the_page() -> None:
    assert with_changes({"q": ["x"]}, {"q": None}) == "?"


def test_a_value_is_toggled_and_its_neighbors_stay() -> None:
    query = {"system": ["x", "y"], "cursor": ["abc"]}

    assert with_toggled(query, "system", "y") == "?system=x"
    assert with_toggled(query, "system", "z") == "?system=x&system=y&system=z"


@given(queries, st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_toggling_twice_changes_nothing(query: dict[str, list[str]], key: str, value: str) -> None:
    if value in query.get(key, []) or key in ("page", "cursor"):
        return
    once = parse_qsl(with_toggled(query, key, value)[1:], keep_blank_values=True)
    grouped: dict[str, list[str]] = {}
    for name, word in once:
        grouped.setdefault(name, []).append(word)
    kept = {name: words for name, words in query.items() if name not in ("page", "cursor")}

    assert with_toggled(grouped, key, value) == with_changes(kept, {"page": None})


@given(queries, st.text(max_size=20))
def test_whatever_is_set_can_be_read_back(query: dict[str, list[str]], value: str) -> None:
    read = parse_qsl(with_changes(query, {"q": value})[1:], keep_blank_values=True)

    assert [word for name, word in read if name == "q"] == ([value] if value else [])


def test_a_form_carries_all_other_state_along() -> None:
    query = {"q": ["x"], "system": ["a", "b"], "page": ["3"]}

    assert hidden_fields(query, ["q"]) == [("system", "a"), ("system", "b")]


def test_the_tag_writes_an_escaped_address() -> None:
    request = RequestFactory().get("/search", {"q": '"><script>', "page": "2"})
    template = Template('{% load concord %}<a href="{% url_with sort="name" %}">')

    written = template.render(Context({"request": request}))

    assert written == '<a href="?q=%22%3E%3Cscript%3E&amp;sort=name">'


def test_the_sort_header_turns_around_and_says_its_direction() -> None:
    template = Template('{% load concord %}{% sort_header "name" "Name" %}')

    def written(query: str) -> str:
        request = RequestFactory().get(f"/x?{query}")
        return template.render(Context({"request": request}))

    assert 'href="?q=1&amp;sort=name"' in written("q=1&page=4")
    assert "aria-sort" not in written("q=1")
    assert 'href="?sort=-name"' in written("sort=name")
    assert 'aria-sort="ascending"' in written("sort=name")
    assert 'href="?sort=name"' in written("sort=-name")
    assert 'aria-sort="descending"' in written("sort=-name")

"""The shell and its components: what every page relies on, and what no page may do."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from catalog.pictures.icons import ICONS, UnknownIconError, icon
from catalog.web.presentation.appearance import appearance_of, remember_appearance
from catalog.web.presentation.shapes import AgreementLine, Link, Shell
from catalog.web.presentation.style_guide import guide_context, navigation

VOID = {"meta", "link", "input", "br", "hr", "wbr", "img"}
SHELL = Shell(
    instance_name="Meridian",
    suggest_url="/suggest",
    waiting_count=3,
    waiting_url="/waiting",
    person_name="Steward",
    person_menu=(Link("Tokens", "/tokens", "access"),),
    sign_out_url="/out",
    appearance_url="/appearance",
)


class Page(HTMLParser):
    """Every element with its attributes and the text within, and whether all of them close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[list[str]] = []
        self.open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.words.append([])
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.words.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open[-1]][0] == tag, (
            f"</{tag}> closes {self.elements[self.open[-1]]}"
        )
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for place in self.open:
            self.words[place].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        return [
            (attributes, " ".join("".join(words).split()))
            for (name, attributes), words in zip(self.elements, self.words, strict=True)
            if name == tag
        ]


@pytest.fixture(scope="module")
def page() -> Page:
    html = render_to_string(
        "shell/style_guide.html",
        {
            "shell": SHELL,
            "navigation": navigation(),
            "guide": guide_context(datetime(2026, 5, 4, tzinfo=UTC)),
            "breadcrumb": [Link("warehouse", "/w"), Link("orders")],
        },
        RequestFactory().get("/style-guide?sort=name"),
    )
    return Page(html)


def test_every_element_closes(page: Page) -> None:
    assert page.open == []


def test_the_landmarks_are_there(page: Page) -> None:
    assert len(page.all("main")) == 1
    assert page.all("main")[0][0]["id"] == "content"
    assert next(a for a in page.all("a"))[0]["href"] == "#content"
    assert page.all("title")[0][1] == "Style guide · Meridian"
    assert [attributes["aria-label"] for attributes, _ in page.all("nav")][:2] == [
        "Main",
        "Where this is",
    ]


def test_no_style_no_handler_and_no_inline_script(page: Page) -> None:
    for tag, attributes in page.elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith(("on", "hx-on"))], tag
    assert page.all("style") == []
    assert all(attributes["src"] and not text for attributes, text in page.all("script"))


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    sources = [a["src"] for _, a in page.elements if "src" in a]
    sheets = [a["href"] for tag, a in page.elements if tag == "link"]

    assert sources
    assert sheets
    assert all(address.startswith("/static/") for address in sources + sheets)


def test_icons_are_hidden_and_a_word_stands_on_every_button_and_link(page: Page) -> None:
    icons = [a for a, _ in page.all("svg") if a.get("class") == "icon"]

    assert icons
    assert all(a["aria-hidden"] == "true" for a in icons)
    for tag in ("button", "a", "summary"):
        assert all(words for _, words in page.all(tag)), tag


def test_every_id_is_unique(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if "id" in a]

    assert sorted(ids) == sorted(set(ids))


def test_every_field_has_its_label_and_every_reference_its_target(page: Page) -> None:
    ids = {a["id"] for _, a in page.elements if "id" in a}
    labels = {a["for"] for a, _ in page.all("label")}
    fields = [
        a
        for tag, a in page.elements
        if tag in ("input", "textarea", "select") and a.get("type") not in ("hidden", "submit")
    ]

    assert fields
    assert all(a["id"] in labels for a in fields)
    for _, attributes in page.elements:
        for name in ("aria-controls", "aria-labelledby", "aria-describedby", "for"):
            assert set(attributes.get(name, "").split()) <= ids


def test_headings_skip_no_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_hostile_name_is_text_everywhere() -> None:
    nasty = '"><script>alert(1)</script>'
    line = AgreementLine("agreed", nasty, nasty, nasty, nasty, None, nasty, nasty, nasty, nasty)
    html = render_to_string(
        "shell/base.html",
        {
            "shell": Shell(instance_name=nasty, query=nasty, person_name=nasty),
            "breadcrumb": [Link(nasty, nasty)],
        },
    ) + render_to_string("shell/components/agreement_line.html", {"line": line})

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_no_context_and_shows_one_way_on(name: str) -> None:
    page = Page(render_to_string(f"{name}.html"))

    assert len(page.all("h1")) == 1
    assert page.open == []
    assert "/" in [a["href"] for a, _ in page.all("a")]


class AskForm(forms.Form):
    title = forms.CharField(label="The ask", help_text="One line.")
    urgent = forms.BooleanField(label="Urgent", required=False)


def test_a_wrong_field_is_tied_to_its_error_and_its_help() -> None:
    form = AskForm({"title": ""})
    written = Template("{% load concord %}{% form_field form.title %}").render(
        Context({"form": form})
    )
    (control,) = [a for a, _ in Page(written).all("input")]

    assert control["aria-invalid"] == "true"
    # Django names help text by its own id; both ids must exist.
    ids = {a["id"] for _, a in Page(written).elements if "id" in a}
    assert {"id_title-error", "id_title-help"} <= ids
    assert set(control["aria-describedby"].split()) <= ids


def test_the_list_of_errors_leads_to_the_fields() -> None:
    form = AskForm({"title": ""})
    page = Page(render_to_string("shell/components/error_summary.html", {"form": form}))

    assert page.all("a") == [({"href": "#id_title"}, "The ask: This field is required.")]
    assert "Nothing was saved. One thing needs a correction." in page.all("p")[0][1]


def test_an_icon_that_was_never_drawn_is_named() -> None:
    with pytest.raises(UnknownIconError, match=r"no icon .unicorn.\. Choose one of: access,"):
        icon("unicorn")


def test_every_icon_keeps_to_its_grid_of_paths() -> None:
    for name, path in ICONS.items():
        assert path.startswith("M"), name
        assert set(path) <= set("MmLlHhVvCcSsAaZz0123456789.- "), name


def test_an_unknown_meaning_is_never_shown_as_agreed() -> None:
    written = Template('{% load concord %}{% badge "sensational" %}').render(Context())

    assert "is-unknown" in written
    assert "Unknown" in written


# Appearance


def posted(**values: str) -> HttpRequest:
    return RequestFactory().post("/appearance", values)


def test_a_choice_is_remembered_and_the_person_stays_where_they_were() -> None:
    response = remember_appearance(posted(theme="dark", next="/search?q=x"))

    assert (response.status_code, response["Location"]) == (302, "/search?q=x")
    assert response.cookies["concord_theme"].value == "dark"
    assert "concord_density" not in response.cookies


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "javascript:x", ""])
def test_the_way_back_leads_nowhere_else(target: str) -> None:
    assert remember_appearance(posted(theme="dark", next=target))["Location"] == "/"


def test_a_choice_nobody_offered_is_not_stored_and_not_read() -> None:
    response = remember_appearance(posted(theme='x"><b>', density="tiny"))
    read = appearance_of({"concord_theme": 'x"><b>', "concord_density": "compact"})

    assert not response.cookies
    assert (read.theme, read.density) == ("system", "compact")


def test_the_choice_is_there_at_the_first_paint() -> None:
    page = Page(
        render_to_string(
            "shell/base.html",
            {"appearance": appearance_of({"concord_theme": "dark", "concord_density": "compact"})},
        )
    )
    (root,) = [a for a, _ in page.all("html")]

    assert (root["data-theme"], root["data-density"]) == ("dark", "compact")
    assert "data-theme" not in Page(render_to_string("shell/base.html")).all("html")[0][0]

"""The product's own documentation as pages: headings can be linked to, links lead on."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from catalog.web.presentation.markdown import TAGS

_LINK = re.compile(r"(?P<path>[\w./-]+)\.md(?P<fragment>#.*)?")
_FILE = re.compile(r"[\w./-]+\.graphql")
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Document:
    """A page of documentation: its first heading and everything below it."""

    title: str
    body: SafeString


def document_of(source: str, *, folder: str = "") -> Document:
    """Markdown of the repository's docs/<folder> -> a page.

    Links between documents become links between pages: `../adr/a.md` is `/docs/adr/a/`."""
    tokens = _parser.parse(source)
    title = ""
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            text = tokens[position + 1].content
            token.attrSet("id", anchor_of(text))
            if token.tag == "h1" and not title:
                title = text
        for child in token.children or []:
            _lead_on(child, folder)
    body = tokens[3:] if title and tokens[0].tag == "h1" else tokens
    cleaned = nh3.clean(
        _parser.renderer.render(body, _parser.options, {}),
        tags={*TAGS, "h2", "h5"},
        attributes={
            "a": {"href", "title"},
            "ol": {"start"},
            **{f"h{level}": {"id"} for level in range(2, 6)},
        },
        link_rel="noopener",
    )
    return Document(title, mark_safe(cleaned))  # noqa: S308  nh3 has cleaned it


def anchor_of(heading: str) -> str:
    """A heading's anchor, as code hosts make it: `Errors and their codes` -> the words joined."""
    return re.sub(r"[^\w-]+", "-", heading.lower()).strip("-")


def _lead_on(token: Token, folder: str) -> None:
    if token.type != "link_open":
        return
    href = str(token.attrGet("href") or "")
    if _FILE.fullmatch(href):
        token.attrSet("href", posixpath.normpath(posixpath.join("/docs", folder, href)))
    link = _LINK.fullmatch(href)
    if link is not None:
        path = posixpath.normpath(posixpath.join("/docs", folder, link["path"]))
        if not path.startswith("/docs/"):
            token.attrs.pop("href")  # a file of the repository that is no page here
            return
        token.attrSet("href", f"{path.removesuffix('/index')}/{link['fragment'] or ''}")

"""Text that people wrote in Markdown, as HTML that can do no harm."""

from collections.abc import Sequence

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAG_LIST = """
    a p br hr em strong s code pre blockquote ul ol li h3 h4 table thead tbody tr th td
"""
TAGS = frozenset(TAG_LIST.split())
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


def _image_as_words(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    # Loading an image would tell its owner who reads the page.
    return f"[image: {escape(tokens[index].content)}]"


# Raw HTML is shown as the text it is.
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_parser.add_render_rule("image", _image_as_words)


def markdown_html(source: object) -> SafeString:
    """Markdown -> sanitized HTML. Raw HTML is escaped, images become their description, links
    lead to http, https and mailto only and carry rel="nofollow noopener". A page has its own h1 and
    h2, so a text's headings start at h3."""
    tokens = _parser.parse(str(source or ""))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2") else "h4"
    rendered = _parser.renderer.render(tokens, _parser.options, {})
    cleaned = nh3.clean(
        rendered,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    return mark_safe(cleaned)  # noqa: S308  nh3 has cleaned it

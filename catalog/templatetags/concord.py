"""Template tags and filters of the interface. `{% load concord %}`; the logic is in
`catalog.web.presentation` and `catalog.pictures`."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.dates import exact_day, exact_time
from catalog.pictures import icons
from catalog.pictures.svg import Svg
from catalog.search.answers import MarkedText
from catalog.spoken import spoken
from catalog.web.presentation import markdown as markdown_text
from catalog.web.presentation import names, numbers, pages, query_strings, sql_code, times
from catalog.web.presentation import word_diff as differences
from catalog.web.presentation.meanings import meaning_of
from catalog.web.presentation.present import present_for

register = template.Library()


def _query(context: Context) -> Mapping[str, Iterable[str]]:
    request = context.get("request")
    return dict(request.GET.lists()) if request is not None else {}


# Icons and meanings


@register.simple_tag
def icon(name: str) -> Svg:
    """`{% icon "lock" %}`: hidden from screen readers, so a word stands beside it."""
    return icons.icon(name)


@register.inclusion_tag("shell/components/badge.html")
def badge(meaning: str, word: str = "", href: str = "", title: str = "") -> dict[str, object]:
    """`{% badge "agreed" %}`, `{% badge "opted-out" "Opted out until 1 March" href=url %}`."""
    found = meaning_of(str(meaning))
    return {"meaning": found, "word": word or found.word, "href": href, "title": title}


@register.filter
def meaning_icon(key: object) -> Svg:
    """The icon of a meaning: `{{ line.meaning|meaning_icon }}`."""
    return icons.icon(meaning_of(str(key)).icon)


@register.filter
def meaning_class(key: object) -> str:
    """The class of a meaning: 'is-agreed'."""
    return f"is-{meaning_of(str(key)).key}"


# The query string


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """`{% url_with sort="name" page=None %}`: this page's query string with those changes."""
    return query_strings.with_changes(_query(context), changes)


@register.simple_tag(takes_context=True)
def url_toggled(context: Context, key: str, value: object) -> str:
    """`{% url_toggled facet.key value.value %}`: with that value added, or removed if chosen."""
    return query_strings.with_toggled(_query(context), key, value)


@register.simple_tag(takes_context=True)
def url_without(context: Context, *keys: str) -> str:
    """`{% url_without "platform" "owner" %}`: this page's query string without those keys."""
    return query_strings.with_changes(_query(context), dict.fromkeys(keys))


@register.inclusion_tag("shell/components/hidden_fields.html", takes_context=True)
def hidden_fields(context: Context, *without: str) -> dict[str, object]:
    """The state of the page as hidden fields of a GET form, without the named keys."""
    return {"fields": query_strings.hidden_fields(_query(context), without)}


@register.inclusion_tag("shell/components/sort_header.html", takes_context=True)
def sort_header(context: Context, key: str, label: str, css: str = "") -> dict[str, object]:
    """A sortable <th>: `?sort=key`, then `?sort=-key`; every other part of the URL stays."""
    query = _query(context)
    current = next(iter(query.get("sort", ())), "")
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    following = f"-{key}" if direction == "ascending" else key
    return {
        "label": label,
        "css": css,
        "direction": direction,
        "href": query_strings.with_changes(query, {"sort": following}),
    }


@register.inclusion_tag("shell/components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], noun: str = "results") -> dict[str, object]:
    """`{% pager page "datasets" %}` for a page of Django's Paginator."""
    query = _query(context)

    def href(number: int) -> str:
        return query_strings.with_changes(query, {"page": number})

    last = page.paginator.num_pages
    return {
        "page": page,
        "noun": noun,
        "one": pages.one_of(noun),
        "previous_href": href(page.number - 1) if page.has_previous() else "",
        "next_href": href(page.number + 1) if page.has_next() else "",
        "entries": [
            (number, href(number) if number else "", number == page.number)
            for number in pages.page_window(page.number, last)
        ],
    }


# Forms


@register.inclusion_tag("shell/components/form_field.html")
def form_field(field: BoundField, language: str = "") -> dict[str, object]:
    """A bound field with label, help and error; `language="sql"` makes a textarea a code field."""
    attributes: dict[str, Any] = {}
    described = [f"{field.id_for_label}-help"] if field.help_text else []
    if field.errors:
        described.append(f"{field.id_for_label}-error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if language:
        attributes |= {"data-language": language, "spellcheck": "false"}
    kind = getattr(field.field.widget, "input_type", "")
    return {
        "field": field,
        "control": field.as_widget(attrs=attributes),
        "is_choice": kind == "checkbox" and not hasattr(field.field, "choices"),
        "is_group": field.field.widget.use_fieldset,
    }


# Numbers, times, names


@register.filter
def number(value: object) -> SafeString | str:
    """12,345; from a million in words with the exact number on hover."""
    if value is None or value == "":
        return ""
    short, exact = numbers.short_number(value), numbers.exact_number(value)
    if short == exact:
        return short
    return format_html('<data value="{}" title="{}">{}</data>', value, exact, short)


@register.filter(name="bytes")
def bytes_amount(value: object) -> SafeString | str:
    """1.5 MB with the exact bytes on hover."""
    if value is None or value == "":
        return ""
    short, exact = numbers.short_bytes(value), numbers.exact_bytes(value)
    if short == exact:
        return short
    return format_html('<data value="{}" title="{}">{}</data>', value, exact, short)


@register.filter
def percent(share: object) -> str:
    """0.254 -> 25.4%"""
    return "" if share is None or share == "" else numbers.percent(share)


@register.filter
def share_of(part: float, whole: float) -> float | None:
    """`{{ documented|share_of:total|percent }}`; None when there is no whole."""
    return part / whole if whole else None


@register.filter
def ago(moment: datetime | date | None) -> SafeString | str:
    """'5 minutes ago' with the exact time on hover; a date counts in days."""
    return "" if moment is None else ago_from(moment, present_for(moment))


def ago_from(moment: datetime | date | None, now: datetime) -> SafeString | str:
    """The same, counted from another present than the real one."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
        exact = exact_time(moment)
        words = times.relative_time(moment, now)
    else:
        exact = exact_day(moment)
        words = times.relative_day(moment, timezone.localdate(now))
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, words)


@register.filter
def older_than_days(moment: datetime, days: int) -> bool:
    """Whether it lies further back than so many days, counted from the present that pages tell."""
    return present_for(moment) - moment > timedelta(days=days)


@register.filter
def exactly(moment: datetime | None) -> SafeString | str:
    """'4 May 2026, 10:15', for what happens several times a day."""
    if moment is None:
        return ""
    moment = timezone.localtime(moment)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), exact_time(moment))


@register.filter
def when(moment: datetime | date | None) -> SafeString | str:
    """'4 May 2026' with the full time on hover."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
        exact = exact_time(moment)
    else:
        exact = exact_day(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact,
        exact_day(moment),
    )


@register.filter
def duration(value: object) -> str:
    """'P1DT2H' -> '1 day and 2 hours'"""
    return "" if value is None else times.duration_in_words(value)


@register.filter
def qualified_name(value: object) -> SafeString:
    """A name in the monospaced face that breaks after `.` and `_` only."""
    return format_html('<span class="name">{}</span>', names.breakable_name(value))


@register.filter
def breakable(value: object) -> SafeString:
    """The same without the monospaced face."""
    return names.breakable_name(value)


@register.filter
def words(value: object) -> str:
    """A stored value as a person reads it: 'materialized_view' -> 'materialized view'"""
    return spoken(value)


@register.filter
def marked(value: MarkedText) -> SafeString:
    """A found text with its matching pieces in <mark>, breakable like a name."""
    return names.marked_name(value.pieces())


@register.filter
def initials(value: object) -> str:
    return names.initials(value)


# Texts


@register.filter
def markdown(value: object) -> SafeString:
    """Markdown as sanitized HTML; stands inside `<div class="prose">`."""
    return markdown_text.markdown_html(value)


@register.simple_tag
def word_diff(before: object, after: object) -> SafeString:
    """`<div class="diff">{% word_diff old new %}</div>`"""
    return differences.word_diff(before, after)


@register.inclusion_tag("shell/components/diff_sides.html")
def diff_sides(
    before: object, after: object, before_label: str = "Now", after_label: str = "Proposed"
) -> dict[str, object]:
    """Two texts side by side with what went and what came."""
    left, right = differences.side_by_side(before, after)
    return {"left": left, "right": right, "before": before_label, "after": after_label}


@register.inclusion_tag("shell/components/sql_block.html")
def sql_block(
    sql: object,
    mark_start: int | None = None,
    mark_end: int | None = None,
    wrong_line: int | None = None,
    title: str = "SQL",
    anchor: str = "line",
) -> dict[str, object]:
    """`{% sql_block statement mark_start=12 mark_end=40 %}`: numbered, colored, copyable."""
    return {
        "lines": sql_code.sql_lines(sql, mark_start, mark_end, wrong_line, anchor),
        "sql": sql,
        "title": title,
        "anchor": anchor,
    }

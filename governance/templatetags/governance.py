"""Template tags of governance: `{% load governance %}`; the words are in `governance.wording`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from catalog.dates import exact_day, exact_time
from catalog.durations import in_words
from catalog.spoken import spoken, spoken_first
from catalog.templatetags.concord import ago_from
from catalog.web.presentation.meanings import meaning_of
from governance import clock
from governance.agreements.kinds import kinds
from governance.models import OptOutException
from governance.permissions.selectors.exceptions import review_state
from governance.permissions.wording import FLOORS
from governance.wording import Word, word_for

register = template.Library()


@register.inclusion_tag("shell/components/badge.html")
def state_badge(what: str, value: object, href: str = "") -> dict[str, object]:
    """`{% state_badge "proposal" proposal.state %}`: the word with its meaning and a sentence."""
    word = word_for(what, value)
    return {
        "meaning": meaning_of(word.meaning),
        "word": word.text,
        "href": href,
        "title": word.about,
    }


@register.filter
def ahead(deadline: dt.datetime | dt.date | None) -> SafeString | str:
    """'in 4 hours': a deadline, counted from governance's clock, in a demonstration the story's.
    What has happened is told by `ago`, as on every page."""
    return ago_from(deadline, clock.now())


@register.filter
def worded(value: object, what: str) -> str:
    """`{{ proposal.klass|worded:"class" }}`: the word alone."""
    return word_for(what, value).text


@register.filter
def kind_label(name: str) -> str:
    """What a kind of agreement is called: `permission_policy` is an opt-out."""
    return kinds.get(name).label if name in kinds else name.replace("_", " ")


@register.filter
def about(value: object, what: str) -> str:
    """The sentence that explains a value."""
    return word_for(what, value).about


@register.filter
def meaning_for(value: object, what: str) -> str:
    """The meaning's key, for `meaning_class` and `meaning_icon`."""
    return word_for(what, value).meaning


@register.filter
def review_of(row: OptOutException) -> str:
    """Where the review of broken glass stands; empty for every other exception."""
    return review_state(row, clock.now()) or ""


@register.simple_tag
def word(what: str, value: object) -> Word:
    """`{% word "position" p.value as said %}`."""
    return word_for(what, value)


@register.filter
def shown(value: object) -> str:
    """A value of a document as a person reads it: lists in lines, yes and no, nothing as such."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {shown(item)}" for key, item in value.items())
    return in_words(str(value))


_MADE = {"create": "new", "replace": "changed", "deprecate": "deprecated", "retire": "retired"}


@register.filter
def made_by(op: object) -> str:
    """What a decision did with a version: "replace" is "changed"."""
    return _MADE.get(str(op), str(op))


_ASKED = {
    "read_audit": "read the access log",
    "read_readers": "asked who could read",
    "export_audit": "exported the access log",
    "replay_decisions": "replayed decisions",
}


@register.filter
def asked_for(action: object) -> str:
    """What was asked for, of a record of access: "read_audit" is "read the access log"."""
    return _ASKED.get(str(action)) or spoken(action)


@register.filter
def floor(code: object) -> str:
    """Why somebody got nothing without any opt-out, of the code of the decision."""
    return FLOORS.get(str(code)) or f"{spoken_first(code or 'a floor')}."


@register.filter
def opt_out_number(key: object) -> str:
    """`permission_policy:oo-01` is OO-01."""
    return str(key).rpartition(":")[2].upper()


_ACTIONS = {
    "add": ("Add", "plus", False),
    "remove": ("Remove", "close", True),
    "up": ("Up", "arrow-up", True),
    "down": ("Down", "arrow-down", True),
    "show": ("Show its fields", "chevron-down", False),
}


@register.simple_tag
def action_words(action: str) -> dict[str, object]:
    """What a row's button says: `add:states` is "Add" with a plus."""
    label, symbol, quiet = _ACTIONS[action.partition(":")[0]]
    return {"label": label, "icon": symbol, "quiet": quiet}


@register.filter
def beside_dataset(key: str) -> str:
    """The dataset field of the same group: `bound_to-0-column` -> `bound_to-0-dataset`."""
    group, dash, _ = key.rpartition("-")
    return f"{group}{dash}dataset"


_GROUPS = (
    ("targets", "changed", "changed", True),
    ("domains", "domain affected", "domains affected", False),
    ("systems", "system affected", "systems affected", False),
    ("datasets", "dataset rests on it", "datasets rest on it", True),
    ("queries", "query or view rests on it", "queries and views rest on it", True),
    ("dashboards", "dashboard shows it", "dashboards show it", True),
    ("metrics", "metric is counted from it", "metrics are counted from it", True),
    ("models", "model learns from it", "models learn from it", True),
    ("applications", "application uses it", "applications use it", True),
    ("agreements", "agreement rests on it", "agreements rest on it", False),
    ("unknown", "consumer nobody is known for", "consumers nobody is known for", True),
    (
        "excluded",
        "utility left out, which everything uses",
        "utilities left out, which everything uses",
        True,
    ),
)


@register.filter
def impact_groups(impact: Any) -> list[tuple[dict[str, Any], str]]:
    """The lists of an impact that hold something, with their exact count and what to call it."""
    found = []
    for name, of_one, of_many, is_dataset in _GROUPS:
        count = impact.counts.get(name, 0)
        rows = impact.content.get(name, ())
        if count:
            group = {
                "count": count,
                "rows": rows,
                "is_dataset": is_dataset,
                "left_out": max(0, count - len(rows)),
            }
            found.append((group, of_one if count == 1 else of_many))
    return found


_POSITION_OFFERS = {
    "consent": "I consent",
    "consent_with_concern": "I consent, with a concern that should be heard",
    "abstain": "I abstain",
    "block": "I block: it must not pass like this",
    "recused": "I have an interest in it and stand aside",
}


@register.filter
def position_offer(value: object) -> str:
    """A position as somebody says it."""
    return _POSITION_OFFERS[str(value)]


_SECTIONS = {
    "quorum": "Quorum and recusals",
    "last_minutes": "Last minutes",
    "emergencies": "Emergencies to ratify",
    "decisions": "Decisions due",
    "conflicts": "Unresolved conflicts",
    "final_calls": "Final calls ending, adopted together",
    "new_business": "New business",
    "expiring": "Expiring and deprecated",
    "health": "Health",
    "actions": "Actions",
}


@register.filter
def section_title(section: object) -> str:
    """What a section of an agenda is called."""
    return _SECTIONS.get(str(section), str(section))


@register.filter
def minutes_left(seconds: int) -> str:
    """What is left of a time box: "4 minutes left", "over by 2 minutes"."""
    minutes = abs(seconds) // 60
    words = f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{words} left" if seconds >= 0 else f"over by {words}"


@register.filter
def numbered(title: str, number: int) -> str:
    """'Purposes', 2 -> 'Purposes 2': the label of one row of many."""
    return f"{title} {number}"


@register.filter
def agenda_lines(item: Any) -> list[str]:
    """What an item of an agenda says below its title: numbers, positions, witness, clock."""
    detail = item.detail
    lines = []
    impact = detail.get("impact") or {}
    if impact.get("consumers"):
        rest = "rests" if impact["consumers"] == 1 else "rest"
        lines.append(
            f"{_counted(impact['consumers'], 'consumer')} in "
            f"{_counted(impact.get('domains', 0), 'domain')} {rest} on it."
        )
    said = detail.get("positions")
    if said:
        lines.append(
            f"{said['signed']} of {said['must_sign']} signatures; {said['consent']} consent, "
            f"{said['block']} block, {said['abstain']} abstain, {said['recused']} recused."
        )
    if detail.get("witness"):
        lines.append(str(detail["witness"]))
    if "uses" in detail:
        named = ": " + ", ".join(detail["used_by"]) if detail["used_by"] else ""
        lines.append(f"{_counted(detail['uses'], 'use')} left{named}.")
    for appeal in detail.get("appeals", ()):
        lines.append(f"{appeal['raiser']} appeals against the ruling on {appeal['title']}.")
    lines.extend(one["sentence"] for one in detail.get("interests", ()))
    if detail.get("due"):
        lines.append(f"Until {_said(detail['due'])}.")
    return lines


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@register.filter
def agenda_change(change: dict[str, Any]) -> str:
    """How an agenda was made anew, in a sentence."""
    parts = [f"{one['title']} {one['what'].replace('_', ' ')}" for one in change["changes"]]
    return f"{_said(change['at'])}: {'; '.join(parts)}"


def _said(written: str) -> str:
    """A day or a moment of an agenda's detail, which is JSON, as people read it."""
    if len(written) == len("2026-09-07"):
        return exact_day(dt.date.fromisoformat(written))
    return exact_time(timezone.localtime(dt.datetime.fromisoformat(written)))


@register.filter
def by_weight(findings: Any) -> dict[str, list[Any]]:
    """Findings in two parts: what stops or nobody could check, and what is only worth a look."""
    found = list(findings)
    return {
        "grave": [one for one in found if one.level != "warning"],
        "light": [one for one in found if one.level == "warning"],
    }

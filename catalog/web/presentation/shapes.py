"""What the shell's components take: views fill these, templates only show them."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A place on the left. At most seven; five of them are `phone` and stand at the thumb."""

    label: str
    href: str
    icon: str
    current: bool = False
    phone: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A step in the breadcrumb (without `href`: the page itself), a menu entry or an action.
    `unread` is how many things behind it the person has not read."""

    label: str
    href: str = ""
    icon: str = ""
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page. An empty address leaves its part out."""

    instance_name: str = "Concord"
    home_url: str = "/"
    search_url: str = "/search"
    suggest_url: str = ""
    query: str = ""
    waiting_count: int = 0
    waiting_url: str = ""
    person_name: str = ""
    person_detail: str = ""
    person_menu: tuple[Link, ...] = ()
    sign_in_url: str = ""
    sign_out_url: str = ""
    appearance_url: str = ""
    footer: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """What is agreed, by which decision, since when, who owns it, what you may do with it.

    `may_why` is the reason where it may not be read: the line shows a lock then."""

    meaning: str
    statement: str
    statement_href: str = ""
    decision: str = ""
    decision_href: str = ""
    since: date | None = None
    owner: str = ""
    owner_href: str = ""
    may: str = ""
    may_href: str = ""
    may_why: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    chosen: bool = False
    is_lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One question of the filter list; `key` is its name in the query string."""

    key: str
    label: str
    values: tuple[FacetValue, ...]
    more_href: str = ""

    @property
    def has_choice(self) -> bool:
        return any(value.chosen for value in self.values)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and its value. `origin` says where the value comes from; `href` leads to why."""

    label: str
    value: object
    href: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """`said` is how long ago in words, where another clock than the real one counts."""

    what: str
    when: datetime
    who: str = ""
    href: str = ""
    detail: str = ""
    meaning: str = ""
    icon: str = "history"
    said: str = ""

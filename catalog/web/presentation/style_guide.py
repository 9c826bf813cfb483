"""What the style guide shows: each component with the content it would meet in real life."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django import forms
from django.core.paginator import Paginator

from catalog.pictures.icons import ICONS
from catalog.web.presentation.shapes import (
    AgreementLine,
    Definition,
    Facet,
    FacetValue,
    NavigationItem,
    Tab,
    TimelineItem,
)

NAME = "warehouse.sales.orders"

SQL = """\
-- Net revenue per customer, refunds taken off
create view sales.revenue_by_customer as
select o.customer_id,
       sum(o.amount - coalesce(r.amount, 0)) as net_revenue
from sales.orders as o
left join sales.refunds as r on r.order_id = o.order_id
where o.state <> 'canceled' and o.amount > 0.5
group by o.customer_id"""
MARKED = "sum(o.amount - coalesce(r.amount, 0)) as net_revenue"

BEFORE = "An order counts as revenue when it is shipped. Refunds are not taken off."
AFTER = (
    "An order counts as revenue when it is paid. Refunds are taken off on the day they are made."
)

MARKDOWN = """\
One row per order, **final on the third working day**. See the [runbook](https://example.org/runbook).

- canceled orders stay, with `state = 'canceled'`
- amounts are in cents

> Test orders carry a customer below 100.
"""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    about: str
    meaning: str
    word: str
    distinct: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class _Hit:
    name: str
    line: AgreementLine
    about: str
    people: int
    fresh: datetime
    locked: bool = False


class _ProposalForm(forms.Form):
    title = forms.CharField(label="The ask in one line", help_text="Say what shall hold, not why.")
    reason = forms.CharField(label="Why now", widget=forms.Textarea, required=False)
    rule = forms.CharField(label="Rule", widget=forms.Textarea, initial="amount >= 0")
    scope = forms.ChoiceField(
        label="Who it touches",
        choices=[("dataset", "This dataset"), ("domain", "The whole domain")],
        widget=forms.RadioSelect,
    )
    urgent = forms.BooleanField(label="A decision is needed this week", required=False)


def _columns(now: datetime) -> list[_Column]:
    rows = (
        ("order_id", "bigint", "Identity of the order", "agreed", "", 41_238_112, 4),
        ("customer_id", "bigint", "Who ordered", "agreed", "", 1_204_551, 4),
        ("amount", "numeric(12,2)", "What is to be paid, in cents", "proposed", "", 88_014, 90),
        ("state", "text", "Where the order stands", "contested", "", 7, 3_000),
        ("customer.contact.email_address", "text", "", "opted-out", "", 0, 9_000),
        ("legacy_flag", "boolean", "", "unknown", "Nobody knows", 2, 700_000),
    )
    return [
        _Column(name, type_, about, meaning, word, distinct, now - timedelta(minutes=minutes))
        for name, type_, about, meaning, word, distinct, minutes in rows
    ]


def _line() -> AgreementLine:
    return AgreementLine(
        meaning="agreed",
        statement="Customer = legal entity",
        statement_href="#meanings",
        decision="DR-0001",
        decision_href="#meanings",
        since=date(2026, 5, 4),
        owner="Finance Operations",
        owner_href="#meanings",
        may="you may read, e-mail is masked",
        may_href="#meanings",
    )


def navigation() -> list[NavigationItem]:
    """The seven places, for the guide's own page."""
    return [
        NavigationItem("Home", "#", "home", phone=True),
        NavigationItem("Explore", "#", "explore", current=True, phone=True),
        NavigationItem("Agreements", "#", "agreements", phone=True, count=3),
        NavigationItem("Council", "#", "council"),
        NavigationItem("Access", "#", "access", phone=True),
        NavigationItem("Ingestion", "#", "ingestion"),
        NavigationItem("Administration", "#", "administration"),
    ]


def guide_context(now: datetime | None = None) -> dict[str, object]:
    """The context of `shell/style_guide.html`."""
    now = now or datetime.now(UTC)
    columns = _columns(now)
    opted_out = AgreementLine(
        meaning="opted-out", statement="Pay data is opted out", decision="OO-01", owner="People"
    )
    unknown = AgreementLine(meaning="unknown", statement="Nothing is agreed yet")
    form = _ProposalForm({"title": "", "reason": "", "rule": "amount >= 0", "scope": "dataset"})
    return {
        "name": NAME,
        "line": _line(),
        "tabs": [
            Tab("Overview", "#", current=True),
            Tab("Columns", "#", count=24),
            Tab("Lineage", "#", count=12),
            Tab("Quality", "#"),
            Tab("Access", "#"),
            Tab("Uses", "#", count=1_380),
            Tab("History", "#"),
        ],
        "markdown": MARKDOWN,
        "columns": columns,
        "page": Paginator(range(412), 20).page(7),
        "facets": [
            Facet(
                "kind",
                "Kind",
                (
                    FacetValue("dataset", "Dataset", 1_204, chosen=True),
                    FacetValue("term", "Term", 88),
                    FacetValue("person", "Person", 12),
                ),
            ),
            Facet(
                "system",
                "System",
                (FacetValue("wh", "warehouse", 940), FacetValue("crm", "crm_production", 264)),
            ),
        ],
        "hits": [
            _Hit(NAME, _line(), "One row per order.", 214, now - timedelta(minutes=5)),
            _Hit(
                "warehouse.hr.compensation",
                opted_out,
                "Pay per person and month.",
                9,
                now - timedelta(days=2),
                locked=True,
            ),
            _Hit("lake.raw_events.orders_v2", unknown, "", 3, now - timedelta(days=50)),
        ],
        "definitions": [
            Definition("Meaning", "One row per order placed in any shop", origin="declared"),
            Definition("Fresh", "every hour, final on the 3rd working day", "#facts", "agreed"),
            Definition("Rows", "41.2 million", "#facts", "harvested 5 minutes ago"),
            Definition("Rests on", "crm.public.order_header", "#facts", "derived from SQL"),
        ],
        "timeline": [
            TimelineItem(
                "Revision 3 is in force",
                now - timedelta(hours=3),
                "Finance Operations",
                "#facts",
                "Refunds are taken off on the day they are made.",
                meaning="agreed",
            ),
            TimelineItem(
                "Objected to revision 2", now - timedelta(days=2), "Sales", meaning="contested"
            ),
            TimelineItem("Column amount changed its type", now - timedelta(days=40)),
        ],
        "sql": SQL,
        "mark_start": SQL.index(MARKED),
        "mark_end": SQL.index(MARKED) + len(MARKED),
        "before": BEFORE,
        "after": AFTER,
        "form": form,
        "icons": sorted(ICONS),
    }

"""What the style guide shows: each component with the content it would meet in real life."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django import forms
from django.core.paginator import Paginator

from catalog.pictures.charts import Bar, Point, bar_chart, line_chart
from catalog.pictures.icons import ICONS
from catalog.pictures.lineage_picture import draw_lineage
from catalog.pictures.lineage_shapes import PictureColumn, PictureEdge, PictureNode
from catalog.pictures.svg import Svg
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


def _lineage() -> Svg:
    columns = tuple(
        PictureColumn(name, type_, "#pictures", name == "amount")
        for name, type_ in (
            ("order_id", "bigint"),
            ("customer_id", "bigint"),
            ("amount", "numeric(12,2)"),
            ("state", "text"),
        )
    )
    crm, wh, bi = "postgres crm", "trino warehouse", "superset"
    here = "#pictures"
    nodes = [
        PictureNode(
            "1",
            "order_header",
            "crm.public",
            "dataset",
            crm,
            here,
            hidden_upstream=2,
            upstream_href=here,
        ),
        PictureNode(
            "2",
            "order_lines",
            "crm.public",
            "dataset",
            crm,
            here,
            columns=columns[:2],
            columns_href=here,
        ),
        PictureNode("3", "payroll_export", "crm.hr", "dataset", crm, here, locked=True),
        PictureNode("4", "stg_orders", "warehouse.staging", "view", wh, here),
        PictureNode(
            "5",
            "orders",
            "warehouse.sales",
            "dataset",
            wh,
            here,
            columns,
            True,
            focus=True,
            columns_href=here,
        ),
        PictureNode(
            "6",
            "insert into sales.orders_manual_corrections_of_the_year",
            "statement",
            "file",
            wh,
            here,
            unparsed=True,
        ),
        PictureNode(
            "7",
            "revenue_by_customer",
            "warehouse.sales",
            "view",
            wh,
            here,
            columns[1:3],
            True,
            columns_href=here,
            hidden_downstream=14,
            downstream_href=here,
        ),
        PictureNode("8", "Revenue today", "dashboard", "dashboard", bi, here),
        PictureNode("9", "Board pack", "dashboard", "dashboard", bi, here),
    ]
    edges = [
        PictureEdge("1", None, "4", None, True, 1.0, "", here),
        PictureEdge("2", None, "4", None, True, 0.8, "", here),
        PictureEdge("4", None, "5", "order_id", True, 1.0, "", here),
        PictureEdge("4", None, "5", "amount", True, 0.95, "", here),
        PictureEdge("3", None, "5", "state", False, 0.7, "", here),
        PictureEdge("6", None, "5", None, True, 0.3, "", here),
        PictureEdge("5", "customer_id", "7", "customer_id", True, 1.0, "group by", here),
        PictureEdge("5", "amount", "7", "amount", True, 1.0, "sum", here),
        PictureEdge("5", "state", "7", None, False, 0.95, "where", here),
        PictureEdge("7", "amount", "8", None, True, 1.0, "", here),
        PictureEdge("7", None, "9", None, True, 0.5, "", here),
        PictureEdge("5", None, "9", None, False, 0.95, "", here),
    ]
    return draw_lineage(nodes, edges, f"Lineage of {NAME}")


def navigation() -> list[NavigationItem]:
    """The seven places, for the guide's own page."""
    return [
        NavigationItem("Home", "#", "home", phone=True),
        NavigationItem("Explore", "#", "explore", current=True, phone=True),
        NavigationItem("Agreements", "#", "agreements", phone=True, count=3),
        NavigationItem("Council", "#", "council", phone=True),
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
        "lineage": _lineage(),
        "series": line_chart(
            "Rows in sales.orders per day, in thousands",
            [
                Point(f"{day} May", None if day == 9 else 40 + day * 1.7 - (day % 5) * 4)
                for day in range(1, 19)
            ],
        ),
        "bars": bar_chart(
            "Share of empty values per column",
            [
                Bar("customer_id", 0.0, "0%"),
                Bar("amount", 0.031, "3.1%"),
                Bar("shipped_at", 0.42, "42%"),
                Bar("legacy_flag", None),
            ],
            full=1,
        ),
    }

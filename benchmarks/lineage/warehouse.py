"""Statements of the shape that decision-support benchmarks have, written by a generator.

Deep common table expressions, five to nine joins, unions of sales channels, windows, rollups and
correlated subqueries over a star schema of our own.
"""

from __future__ import annotations

import random

_CHANNELS = {"shop": "shop_sales", "web": "web_sales", "mail": "mail_sales"}
_FACT = (
    "day_key hour_key article_key buyer_key household_key address_key outlet_key offer_key "
    "ticket amount list_price paid cost discount tax profit"
)
_RETURN = "day_key article_key buyer_key reason_key ticket amount refunded fee loss"
_DIMENSIONS = {
    "days": "day_key date_value year month quarter week weekday holiday",
    "hours": "hour_key hour minute shift",
    "articles": "article_key article_code title brand brand_key category class_name maker price",
    "buyers": "buyer_key buyer_code first_name last_name birth_year country address_key segment",
    "households": "household_key income dependents vehicles potential",
    "addresses": "address_key city county state zip gmt_offset",
    "outlets": "outlet_key outlet_code outlet_name manager market state floor_space",
    "offers": "offer_key by_mail by_event by_tv cost",
    "reasons": "reason_key reason",
}


def schema() -> dict[str, list[str]]:
    """Every table with its columns."""
    tables = {name: columns.split() for name, columns in _DIMENSIONS.items()}
    for channel, fact in _CHANNELS.items():
        prefix = channel[0]
        tables[fact] = [f"{prefix}_{column}" for column in _FACT.split()]
        tables[f"{channel}_returns"] = [f"{prefix}r_{column}" for column in _RETURN.split()]
    return tables


class WarehouseWriter:
    """Writes statements; one seed gives one statement."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def statement(self) -> str:
        """One of eight shapes."""
        shapes = (
            self.year_over_year,
            self.channels,
            self.ranking,
            self.rollup,
            self.returned,
            self.buckets,
            self.above_average,
            self.wide_join,
        )
        return self.chance.choice(shapes)()

    def _channel(self) -> tuple[str, str, str]:
        channel = self.chance.choice(sorted(_CHANNELS))
        return channel, _CHANNELS[channel], channel[0]

    def _measure(self, prefix: str) -> str:
        one, two = self.chance.sample(
            ["paid", "cost", "discount", "tax", "profit", "list_price"], 2
        )
        return self.chance.choice(
            [
                f"sum({prefix}_{one})",
                f"sum({prefix}_{one} - {prefix}_{two})",
                f"sum(case when {prefix}_{one} > 0 then {prefix}_{two} else 0 end)",
                f"avg({prefix}_{one} * {prefix}_amount)",
                f"sum(coalesce({prefix}_{one}, 0) * {prefix}_amount)",
            ]
        )

    def year_over_year(self) -> str:
        parts = []
        for channel, fact in sorted(_CHANNELS.items()):
            p = channel[0]
            parts.append(
                "select buyer_code, first_name, last_name, country, year, "
                f"{self._measure(p)} as total, '{p}' as kind from buyers, {fact}, days "
                f"where buyers.buyer_key = {p}_buyer_key and {p}_day_key = day_key "
                "group by buyer_code, first_name, last_name, country, year"
            )
        base = self.chance.randint(1998, 2001)
        joined = " and ".join(
            f"a.buyer_code = {alias}.buyer_code and {alias}.kind = '{kind}' and "
            f"{alias}.year = {year}"
            for alias, kind, year in (
                ("b", "s", base + 1),
                ("c", "w", base),
                ("d", "w", base + 1),
                ("e", "m", base),
                ("f", "m", base + 1),
            )
        )
        return (
            f"with totals as ({' union all '.join(parts)}) "
            "select b.buyer_code, b.first_name, b.last_name, b.country "
            "from totals a, totals b, totals c, totals d, totals e, totals f "
            f"where {joined} and a.kind = 's' and a.year = {base} and a.total > 0 and c.total > 0 "
            "and case when c.total > 0 then d.total / c.total else null end > "
            "case when a.total > 0 then b.total / a.total else null end "
            "and case when e.total > 0 then f.total / e.total else 0 end > 1 "
            "order by b.buyer_code, b.first_name, b.last_name limit 100"
        )

    def channels(self) -> str:
        key = self.chance.choice(["brand", "category", "class_name", "maker"])
        ctes = []
        for channel, fact in sorted(_CHANNELS.items()):
            p = channel[0]
            ctes.append(
                f"{channel}_part as (select {key}, {self._measure(p)} as total, count(*) as n "
                f"from {fact}, days, addresses, articles "
                f"where {p}_article_key = article_key and {p}_day_key = day_key and year = 2000 "
                f"and month = {self.chance.randint(1, 12)} and {p}_address_key = address_key "
                f"and gmt_offset = -5 and {key} in (select {key} from articles "
                f"where category in ('x', 'y')) group by {key})"
            )
        union = " union all ".join(f"select * from {channel}_part" for channel in sorted(_CHANNELS))
        return (
            f"with {', '.join(ctes)} select {key}, sum(total) as total, sum(n) as n "
            f"from ({union}) parts group by {key} order by total, {key} limit 100"
        )

    def ranking(self) -> str:
        _, fact, p = self._channel()
        return (
            "with monthly as (select category, brand, outlet_name, market, year, month, "
            f"{self._measure(p)} as total, "
            f"avg({self._measure(p)}) over (partition by category, brand, "
            "outlet_name, market, year)"
            " as yearly, rank() over (partition by category, brand, outlet_name, market "
            "order by year, month) as rn "
            f"from articles, {fact}, days, outlets where {p}_article_key = article_key "
            f"and {p}_day_key = day_key and {p}_outlet_key = outlet_key and year "
            "between 1999 and 2001 "
            "group by category, brand, outlet_name, market, year, month), "
            "sides as (select v.category, v.brand, v.outlet_name, v.market, "
            "v.year, v.month, v.yearly, "
            "v.total, before.total as previous, after.total as following "
            "from monthly v join monthly before on v.category = before.category "
            "and v.brand = before.brand and v.outlet_name = before.outlet_name "
            "and v.rn = before.rn + 1 join monthly after on v.category = after.category "
            "and v.brand = after.brand and v.outlet_name = after.outlet_name and "
            "v.rn = after.rn - 1) "
            "select * from sides where year = 2000 and yearly > 0 "
            "and case when yearly > 0 then abs(total - yearly) / yearly else null end > 0.1 "
            "order by total - yearly, outlet_name limit 100"
        )

    def rollup(self) -> str:
        _, fact, p = self._channel()
        return (
            f"select category, class_name, brand, year, quarter, month, outlet_code, "
            f"{self._measure(p)} as total, grouping(category) + grouping(class_name) as level, "
            f"rank() over (partition by category order by {self._measure(p)} desc) as place "
            f"from {fact} join days on {p}_day_key = day_key "
            f"join articles on {p}_article_key = article_key "
            f"join outlets on {p}_outlet_key = outlet_key "
            f"join households on {p}_household_key = households.household_key "
            f"where week between 10 and 21 and dependents > 2 and state in ('TX', 'CA', 'NY') "
            "group by rollup (category, class_name, brand, year, quarter, month, outlet_code) "
            "order by level desc, category, place limit 100"
        )

    def returned(self) -> str:
        channel, fact, p = self._channel()
        return (
            f"with refunds as (select {p}r_buyer_key as who, state, sum({p}r_refunded) as back "
            f"from {channel}_returns, days, addresses, buyers where {p}r_day_key = day_key "
            f"and year = 2000 and {p}r_buyer_key = buyers.buyer_key "
            f"and buyers.address_key = addresses.address_key group by {p}r_buyer_key, state), "
            f"bought as (select {p}_buyer_key as who, {self._measure(p)} as paid, "
            f"max({p}_ticket) as last_ticket from {fact} left join {channel}_returns "
            f"on {p}_ticket = {p}r_ticket and {p}_article_key = {p}r_article_key "
            f"where {p}r_reason_key is null group by {p}_buyer_key) "
            "select b.buyer_code, b.first_name, b.last_name, r.back, o.paid, o.last_ticket, "
            "coalesce(r.back, 0) / nullif(o.paid, 0) as ratio "
            "from refunds r join bought o on r.who = o.who join buyers b on b.buyer_key = r.who "
            "where r.back > (select avg(back) * 1.2 from refunds q where q.state = r.state) "
            "and exists (select 1 from addresses a where a.address_key = b.address_key "
            "and a.county = 'w') order by ratio desc, b.buyer_code limit 100"
        )

    def buckets(self) -> str:
        _, fact, p = self._channel()
        values = ", ".join(
            f"sum(case when date_diff between {30 * i} and {30 * (i + 1)} then paid else 0 end) "
            f"as bucket_{i}"
            for i in range(self.chance.randint(4, 8))
        )
        return (
            f"select outlet_name, manager, shift, {values} from (select {p}_paid "
            "as paid, outlet_name, "
            f"manager, shift, {p}_day_key - {p}_hour_key as date_diff from "
            f"{fact}, outlets, hours, days, "
            f"offers where {p}_outlet_key = outlet_key and {p}_hour_key = hours.hour_key "
            f"and {p}_day_key = days.day_key and {p}_offer_key = offers.offer_key "
            "and (by_mail = 'Y' or by_event = 'N') and year = 2001) x "
            "group by outlet_name, manager, shift order by outlet_name, manager limit 100"
        )

    def above_average(self) -> str:
        _, fact, p = self._channel()
        return (
            f"select article_code, title, {self._measure(p)} as total from {fact}, articles, days "
            f"where {p}_article_key = articles.article_key and {p}_day_key = days.day_key "
            f"and year = 1999 and {p}_discount > (select 1.3 * avg({p}_discount) "
            f"from {fact} i, days d "
            f"where i.{p}_article_key = articles.article_key and d.day_key = i.{p}_day_key "
            "and d.year = 1999) and price between 10 and 40 "
            "group by article_code, title having count(*) > 10 order by total desc limit 100"
        )

    def wide_join(self) -> str:
        channel, fact, p = self._channel()
        return (
            "select article_code, title, outlet_code, outlet_name, "
            f"{self._measure(p)} as sold, sum({p}r_loss) as lost, {self._measure(p)} as other, "
            f"stddev({p}_amount) / avg({p}_amount) as variation "
            f"from {fact}, {channel}_returns, days d1, days d2, days d3, outlets, "
            "articles, buyers, "
            f"households where d1.month = 4 and d1.year = 2001 and d1.day_key = {p}_day_key "
            f"and articles.article_key = {p}_article_key and outlets.outlet_key = {p}_outlet_key "
            f"and {p}_buyer_key = {p}r_buyer_key and {p}_article_key = {p}r_article_key "
            f"and {p}_ticket = {p}r_ticket and {p}r_day_key = d2.day_key "
            "and d2.month between 4 and 10 and d2.year = 2001 and d3.day_key = d2.day_key "
            f"and buyers.buyer_key = {p}_buyer_key "
            f"and households.household_key = {p}_household_key "
            "group by article_code, title, outlet_code, outlet_name "
            "order by article_code, title, outlet_code, outlet_name limit 100"
        )


def synthetic() -> dict[str, tuple[str, dict[str, list[str]]]]:
    """The shapes that grow out of hand elsewhere, each with the tables it reads."""
    columns = [f"c{i}" for i in range(30)]
    listed = ", ".join(columns)
    chain = [f"q0 as (select {listed} from t)"]
    for n in range(1, 50):
        changed = ", ".join(
            f"{c} + 1 as {c}" if i % 3 == n % 3 else c for i, c in enumerate(columns)
        )
        chain.append(f"q{n} as (select {changed} from q{n - 1})")
    diamond = ["d0 as (select a, b from t)"]
    for n in range(1, 15):
        diamond.append(f"d{n} as (select l.a, r.b from d{n - 1} l join d{n - 1} r on l.a = r.a)")
    cases = " ".join(f"when a = {i} then b + {i}" for i in range(300))
    wide = [f"c{i}" for i in range(500)]
    return {
        "50 chained CTEs of 30 columns": (
            f"with {', '.join(chain)} select * from q49",
            {"t": columns},
        ),
        "* over 500 columns": ("select * from (select * from w) x", {"w": wide}),
        "50-branch union of 30 columns": (
            " union all ".join(f"select {listed} from t" for _ in range(50)),
            {"t": columns},
        ),
        "15-level self-join diamond": (
            f"with {', '.join(diamond)} select * from d14",
            {"t": ["a", "b"]},
        ),
        "300-branch CASE": (f"select case {cases} else b end as x from t", {"t": ["a", "b"]}),
    }

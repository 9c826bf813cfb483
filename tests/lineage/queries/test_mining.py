"""Joins and filters read from statements."""

from __future__ import annotations

import pytest

from lineage.queries import Question, findings_of

SCHEMA = {
    "shop.public.orders": ["id", "customer_id", "total", "state"],
    "shop.public.customers": ["id", "name", "country"],
    "shop.public.items": ["order_id", "sku", "price"],
}


def found(sql: str) -> tuple[set[str], set[str]]:
    findings = findings_of(Question(sql, "postgres", "shop", "public", SCHEMA))
    joins = {
        f"{j.left.table[-1]}.{j.left.column} = {j.right.table[-1]}.{j.right.column}"
        for j in findings.joins
    }
    filters = {f"{f.column.table[-1]}: {f.condition}" for f in findings.filters}
    return joins, filters


@pytest.mark.parametrize(
    ("sql", "joins", "filters"),
    [
        (
            "SELECT * FROM orders o JOIN customers c ON o.customer_id = c.id WHERE c.country = '?'",
            {"customers.id = orders.customer_id"},
            {"customers: country = ?"},
        ),
        (
            "SELECT 1 FROM orders, customers WHERE customer_id = customers.id AND total > ?",
            {"customers.id = orders.customer_id"},
            {"orders: total > ?"},
        ),
        (
            "WITH paid AS (SELECT id AS order_id, customer_id FROM orders WHERE state = '?')"
            " SELECT i.sku FROM paid JOIN items i USING (order_id)"
            " JOIN customers c ON c.id = paid.customer_id",
            {"items.order_id = orders.id", "customers.id = orders.customer_id"},
            {"orders: state = ?"},
        ),
        (
            "SELECT id FROM orders o WHERE EXISTS"
            " (SELECT 1 FROM items i WHERE i.order_id = o.id AND i.price BETWEEN ? AND ?)",
            {"items.order_id = orders.id"},
            {"items: price BETWEEN ? AND ?"},
        ),
        (
            "INSERT INTO report SELECT total FROM orders"
            " WHERE (state IN ('?') OR state IS NULL) AND NOT lower(state) LIKE '?'",
            set(),
            {
                "orders: state IN (?)",
                "orders: state IS NULL",
                "orders: NOT LOWER(state) LIKE ?",
            },
        ),
        ("SELECT total FROM orders WHERE total > id", set(), set()),
        ("DELETE FROM nothing", set(), set()),
        ("FROBNICATE (((", set(), set()),
    ],
)
def test_joins_and_filters(sql: str, joins: set[str], filters: set[str]) -> None:
    assert found(sql) == (joins, filters)

"""The one normaliser of names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.names import (
    NameRefused,
    QualifiedName,
    fold_identifier,
    format_name,
    join_parts,
    lookup_key,
    parse_name,
    qualified_name,
    split_parts,
)

SCRIPTS = [
    "orders", "Übersicht", "données", "заказы", "παραγγελίες", "注文", "订单", "訂單", "주문",
    "คำสั่งซื้อ", "आदेश", "আদেশ", "ஆணை", "ఆర్డర్", "ಆದೇಶ", "ഓർഡർ", "ઓર્ડર", "ਆਰਡਰ", "ଆଦେଶ",
    "طلبات", "הזמנות", "سفارش", "პრეზენტაცია", "պատվեր", "ትዕዛዝ", "ការបញ្ជាទិញ", "ຄໍາສັ່ງ",
    "အမှာစာ", "ཉོ་ཚོང", "захиалга",
]  # fmt: skip

part = st.text(
    alphabet=st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=60
).filter(lambda text: text.strip() != "")


@given(instance=part, parts=st.lists(part, max_size=4))
def test_what_was_formatted_is_parsed_back(instance: str, parts: list[str]) -> None:
    name = qualified_name("postgres", instance, parts)

    assert parse_name(format_name(name)) == name


@given(st.lists(part, min_size=1, max_size=4))
def test_joined_parts_split_into_the_same_parts(parts: list[str]) -> None:
    assert split_parts(join_parts(parts)) == tuple(parts)


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_in_thirty_scripts_are_kept(script: str) -> None:
    name = qualified_name("postgres", "server", ["shop", script])

    assert parse_name(str(name)).name == name.name
    assert len(SCRIPTS) == 30


def test_a_name_with_dots_quotes_and_slashes_reads_unambiguously() -> None:
    name = qualified_name("postgres", "my server", ["a.b", 'c"d', "e/f"])

    assert str(name) == 'postgres://"my server"/"a.b"."c""d"."e/f"'
    assert name.parent == QualifiedName("postgres", "my server", ("a.b", 'c"d'))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("orders", "not a qualified name"),
        ("postgres://", "not a qualified name"),
        ("postgres://a/b..c", "empty part"),
        ('postgres://a/"b', "does not close it"),
        ('postgres://a/"b"c', "after a closing quote"),
        ("postgres://a/b\x00c", "U+0000"),
        ("Post gres://a/b", "not usable"),
        ("postgres://a/" + "x" * 501, "501 characters"),
        ("postgres://a/" + ".".join(["é" * 400] * 3), "longer than 2000 bytes"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NameRefused, match=re.escape(why)):
        parse_name(text)


def test_other_spellings_of_a_platform_are_one() -> None:
    assert str(qualified_name("PostgreSQL", "a")) == "postgres://a"
    assert lookup_key("Orders") == lookup_key("ORDERS")


@pytest.mark.parametrize(
    ("platform", "quoted", "stored"),
    [
        ("postgres", False, "orders"),
        ("postgres", True, "Orders"),
        ("snowflake", False, "ORDERS"),
        ("sqlserver", False, "Orders"),
    ],
)
def test_identifiers_fold_as_the_platform_stores_them(
    platform: str, quoted: bool, stored: str
) -> None:
    assert fold_identifier("Orders", platform=platform, quoted=quoted) == stored

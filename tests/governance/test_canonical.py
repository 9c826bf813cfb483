"""RFC 8785: one text for one document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.agreements.canonical import canonical, digest

# Numbers from appendix B of RFC 8785, and the edges between plain and exponential notation.
NUMBERS = {
    333333333.33333329: "333333333.3333333",
    1e30: "1e+30",
    4.50: "4.5",
    2e-3: "0.002",
    1e-27: "1e-27",
    1e21: "1e+21",
    1e20: "100000000000000000000",
    5e-324: "5e-324",
    1.7976931348623157e308: "1.7976931348623157e+308",
    0.000001: "0.000001",
    1e-7: "1e-7",
    -1.5: "-1.5",
    100.0: "100",
}

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(("number", "text"), NUMBERS.items())
def test_numbers_are_written_as_ecmascript_writes_them(number: float, text: str) -> None:
    assert canonical(number) == text


def test_keys_are_ordered_by_utf16_code_units() -> None:
    # given the keys of RFC 8785, 3.2.3
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}

    assert list(json.loads(canonical(value))) == [
        "\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@given(DOCUMENTS)
def test_what_is_written_reads_back_the_same_and_is_a_fixed_point(value: Any) -> None:
    text = canonical(value)

    # A whole number beyond 2^53 reads back as the float it was.
    assert json.loads(text, parse_int=float) == value
    assert canonical(json.loads(text, parse_int=float)) == text


def test_order_and_spaces_do_not_change_the_digest() -> None:
    assert digest({"b": 1, "a": [1, 2]}) == digest({"a": [1, 2], "b": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, object()])
def test_what_json_cannot_carry_exactly_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"number|key|cannot stand"):
        canonical(value)

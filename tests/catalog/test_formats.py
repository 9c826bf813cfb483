"""What values look like: forms and check digits, and counts that hold no value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.formats import ValueFormat, count_formats, formats_of, is_iban, passes_luhn


# Numbers that standards and authorities publish as examples, each with one that is wrong.
@pytest.mark.parametrize(
    ("value", "value_format", "broken"),
    [
        ("ada@example.org", ValueFormat.EMAIL, "ada@example"),
        ("+49 30 901820", ValueFormat.PHONE, "+49"),
        ("(030) 555-0100", ValueFormat.PHONE, "2026-01-02"),
        ("192.0.2.17", ValueFormat.IP, "192.0.2.317"),
        ("2001:db8::17", ValueFormat.IP, "12:30:45"),
        ("00:00:5e:00:53:af", ValueFormat.MAC, "00:00:5e:00:53"),
        ("GB82 WEST 1234 5698 7654 32", ValueFormat.IBAN, "GB83 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000", ValueFormat.IBAN, "DE8937040044053201300"),
        ("4111 1111 1111 1111", ValueFormat.CARD, "4111 1111 1111 1112"),
        ("529.982.247-25", ValueFormat.ID_BR, "529.982.247-26"),
        ("11010519491231002X", ValueFormat.ID_CN, "110105194912310021"),
        ("86095742719", ValueFormat.ID_DE, "86095742718"),
        ("12345678Z", ValueFormat.ID_ES, "12345678A"),
        ("X1234567L", ValueFormat.ID_ES, "X1234567M"),
        ("131052-308T", ValueFormat.ID_FI, "131052-308U"),
        ("255081416802538", ValueFormat.ID_FR, "255081416802539"),
        ("RSSMRA85T10A562S", ValueFormat.ID_IT, "RSSMRA85T10A562T"),
        ("111222333", ValueFormat.ID_NL, "111222334"),
        ("44051401359", ValueFormat.ID_PL, "44051401358"),
        ("811228-9874", ValueFormat.ID_SE, "811228-9875"),
        ("078-05-1120", ValueFormat.ID_US, "000-05-1120"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", ValueFormat.SECRET, "eyJ"),
        ("d41d8cd98f00b204e9800998ecf8427e", ValueFormat.DIGEST, "d41d8cd98f00b204e9800998ecf8427"),
        (
            "123e4567-e89b-12d3-a456-426614174000",
            ValueFormat.UUID,
            "123e4567-e89b-12d3-a456-42661417400",
        ),
        ("https://example.org/a", ValueFormat.URL, "example.org/a"),
    ],
)
def test_a_value_is_known_by_its_form_and_its_check(
    value: str, value_format: ValueFormat, broken: str
) -> None:
    assert value_format in formats_of(f" {value} ")
    assert value_format not in formats_of(broken)


def test_counts_hold_no_value() -> None:
    values = ["ada@example.org", "bob@example.org", "", " ", "unknown", "x" * 1_000]
    assert count_formats(values) == {"values": 4, "email": 2}


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    for one in formats_of(text):
        assert one in set(ValueFormat)


@given(st.text("0123456789ABCXYZ ", max_size=40))
def test_numbers_with_letters_never_raise(text: str) -> None:
    formats_of(text)


@given(st.integers(0, 10**10 - 1), st.integers(1, 9))
def test_one_wrong_digit_of_a_german_iban_is_found(number: int, change: int) -> None:
    bank = f"37040044{number:010}"
    check = 98 - int(bank + "131400") % 97
    iban = f"DE{check:02}{bank}"
    assert is_iban(iban)
    wrong = iban[:10] + str((int(iban[10]) + change) % 10) + iban[11:]
    assert not is_iban(wrong)


@given(st.text("0123456789", min_size=1, max_size=18))
def test_of_ten_digits_one_passes_luhn(digits: str) -> None:
    assert sum(passes_luhn(digits + str(last)) for last in range(10)) == 1

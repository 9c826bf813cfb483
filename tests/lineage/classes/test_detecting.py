"""What a column may hold, told from its name, its table, its type and counts of its values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.classes.labeled import larkfield
from lineage.classes import ColumnFacts, DataClass, Detected, Source, detect
from lineage.classes.names import words_of


def found(path: str, **facts: Any) -> Detected | None:
    return detect(ColumnFacts(path, **facts))


def said(path: str, **facts: Any) -> DataClass | None:
    answer = found(path, **facts)
    return answer.data_class if answer else None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerEmail", ("customer", "email")),
        ("CUST_NM", ("customer", "name")),
        ("EntEMailAddress", ("entertainer", "e", "mail", "address")),
        ("customeremailaddress", ("customer", "email", "address")),
        ("dateOfBirth", ("date", "of", "birth")),
        ("Straße", ("strasse",)),
        ("lieferzettel", ("lieferzettel",)),
    ],
)
def test_names_are_read_as_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "data_class"),
    [
        ("first_name", DataClass.NAME), ("LASTNAME", DataClass.NAME), ("Nachname", DataClass.NAME),
        ("prénom", DataClass.NAME), ("assignee_name", DataClass.NAME), ("姓名", DataClass.NAME),
        ("Фамилия", DataClass.NAME), ("emailaddress", DataClass.EMAIL),
        ("correo_electronico", DataClass.EMAIL), ("tel_no", DataClass.PHONE),
        ("Handynummer", DataClass.PHONE), ("電話番号", DataClass.PHONE),
        ("billing_street", DataClass.ADDRESS), ("PLZ", DataClass.ADDRESS),
        ("geburtsdatum", DataClass.BIRTH), ("dob", DataClass.BIRTH),
        ("ssn", DataClass.GOVERNMENT_ID), ("codice_fiscale", DataClass.GOVERNMENT_ID),
        ("steuer_id", DataClass.GOVERNMENT_ID), ("client_ip", DataClass.IP),
        ("gender", DataClass.SENSITIVE), ("marital_status", DataClass.SENSITIVE),
        ("credit_card_number", DataClass.CARD), ("card_last4", DataClass.CARD),
        ("IBAN", DataClass.BANK_ACCOUNT), ("kontonummer", DataClass.BANK_ACCOUNT),
        ("annual_salary", DataClass.PAY), ("Gehalt", DataClass.PAY),
        ("passwd", DataClass.PASSWORD), ("contraseña", DataClass.PASSWORD),
        ("password_hash", DataClass.PASSWORD), ("api_key", DataClass.TOKEN),
        ("refreshToken", DataClass.TOKEN), ("email_sha256", DataClass.HASH),
    ],
)  # fmt: skip
def test_a_name_says_what_a_column_holds(name: str, data_class: DataClass) -> None:
    assert said(name) is data_class


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("email_sent_count", {}),
        ("is_email_verified", {}),
        ("email", {"physical_type": "boolean"}),
        ("email_verified_at", {}),
        ("email_id", {"is_foreign_key": True}),
        ("phone_type", {}),
        ("product_name", {}),
        ("file_name", {"dataset": "hr.employee"}),
        ("name", {}),
        ("name", {"dataset": "crm.campaign"}),
        ("count_passwords", {}),
        ("password_changed_at", {}),
        ("token_count", {}),
        ("amount", {"physical_type": "boolean"}),
        ("tax_rate", {}),
        ("created_at", {}),
        ("ordinal", {}),
    ],
)
def test_what_only_tells_about_it_is_not_suggested(name: str, facts: dict[str, Any]) -> None:
    assert said(name, **facts) is None


def test_the_table_decides_what_a_plain_name_is() -> None:
    assert said("name", dataset="crm.customers") is DataClass.NAME
    assert said("name", dataset="sales.customer_product") is None
    assert said("latitude", dataset="ops.driver", physical_type="double") is DataClass.LOCATION
    driver = found("latitude", dataset="ops.driver")
    store = found("latitude", dataset="ops.store", physical_type="double")
    assert driver is not None
    assert store is not None
    assert driver.confidence > store.confidence


def test_counts_of_values_speak_for_a_column_whose_name_says_nothing() -> None:
    answer = found("field_17", statistics={"formats": {"values": 100, "iban": 93}})
    assert answer is not None
    assert answer.data_class is DataClass.BANK_ACCOUNT
    assert answer.confidence > 0.9
    assert [one.text for one in answer.evidence] == ["93 of 100 sampled values are valid IBANs"]


def test_counts_of_values_speak_against_a_name() -> None:
    # Given a column called e-mail without a single address among many values
    assert said("email") is DataClass.EMAIL
    counted = {"formats": {"values": 100, "uuid": 100}}
    assert said("email", statistics=counted) is None

    # And a few values are no reason to doubt
    assert said("email", statistics={"formats": {"values": 4}}) is DataClass.EMAIL


def test_name_and_values_add_up_with_their_evidence() -> None:
    alone = found("email")
    both = found("email", statistics={"formats": {"values": 60, "email": 59}})
    assert alone is not None
    assert both is not None
    assert both.confidence > alone.confidence
    assert [one.source for one in both.evidence] == [Source.VALUES, Source.NAME]
    assert both.evidence[0].text == "59 of 60 sampled values are valid e-mail addresses"


def test_least_and_greatest_values_are_counted_and_never_told() -> None:
    answer = found("reference", statistics={"min": "ada@example.org", "max": "zoe@example.org"})
    assert answer is not None
    assert answer.data_class is DataClass.EMAIL
    assert [one.text for one in answer.evidence] == [
        "2 of 2 least and greatest values are valid e-mail addresses"
    ]
    assert "ada" not in repr(answer)


def test_what_speaks_against_stands_beside_what_speaks_for() -> None:
    answer = found("email", physical_type="bigint")
    assert answer is not None
    assert [(one.source, one.weight) for one in answer.evidence] == [
        (Source.NAME, 3.2), (Source.TYPE, -2.8)
    ]  # fmt: skip
    assert answer.confidence == 0.5987


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20), st.booleans())
def test_any_name_has_an_answer_between_nothing_and_certainty(
    path: str, dataset: str, physical_type: str, is_foreign_key: bool
) -> None:
    answer = detect(ColumnFacts(path, dataset, physical_type, is_foreign_key))
    assert answer is None or 0.5 <= answer.confidence <= 1.0


@given(
    st.dictionaries(st.sampled_from(["nulls", "distinct", "min", "max", "formats"]), st.none()
        | st.text(max_size=10) | st.integers() | st.dictionaries(st.text(max_size=5), st.integers())
        | st.lists(st.integers(), max_size=2))
)  # fmt: skip
def test_statistics_of_any_shape_are_read(statistics: dict[str, Any]) -> None:
    answer = detect(ColumnFacts("email", statistics=statistics))
    assert answer is None or answer.evidence


def test_every_class_of_the_demonstration_is_found_and_what_nobody_classified_beside() -> None:
    # Given the company whose columns carry classes, and some that nobody classified
    told = {
        f"{one.facts.dataset}.{one.facts.path}": (one.truth, detect(one.facts))
        for one in larkfield()
    }

    # Then every one that carries a class is told it
    classified = {name: found for name, found in told.items() if found[0] is not None}
    assert len(classified) == 67
    for name, (truth, answer) in classified.items():
        assert answer is not None, name
        assert answer.data_class is truth, name

    # And beside them, with less certainty, those that may tell of a person
    beside = {
        name: answer.confidence
        for name, (truth, answer) in told.items()
        if truth is None and answer is not None
    }
    assert beside.keys() == {
        "core.dim_customer.customer_name",
        "events.device_ping.device_id",
        "fin.gl_entry.memo",
        "mktg.email_event.user_agent",
        "mktg.web_session.visitor_id",
        "product.login_event.user_agent",
        "support.ticket.subject",
        "support.ticket_event.note",
    }
    assert max(beside.values()) < 0.61

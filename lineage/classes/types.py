"""Classes of data, what is known of a column, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

VERSION = 1
"""Grows with the words and weights: what was detected by an older one is detected again."""


class DataClass(StrEnum):
    """What a column may hold."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH = "birth"
    GOVERNMENT_ID = "government_id"
    IP = "ip"
    LOCATION = "location"
    SENSITIVE = "sensitive"
    FREE_TEXT = "free_text"
    USERNAME = "username"
    PHOTO = "photo"
    HASH = "hash"
    CARD = "card"
    BANK_ACCOUNT = "bank_account"
    PAY = "pay"
    AMOUNT = "amount"
    PASSWORD = "password"  # noqa: S105 - the name of a class
    TOKEN = "token"  # noqa: S105 - the name of a class


@dataclass(frozen=True, slots=True)
class Naming:
    """How classifications of a company call a class: the path where it has none, and the words by
    which the leaf of a path is known."""

    path: str
    words: tuple[str, ...]


NAMINGS: Mapping[DataClass, Naming] = {
    DataClass.NAME: Naming("Personal / Name", ("name", "person name", "full name")),
    DataClass.EMAIL: Naming("Personal / E-mail", ("email", "e mail", "mail", "email address")),
    DataClass.PHONE: Naming("Personal / Phone", ("phone", "telephone", "phone number")),
    DataClass.ADDRESS: Naming("Personal / Address", ("address", "postal address")),
    DataClass.BIRTH: Naming("Personal / Birth", ("birth", "dob", "date of birth", "birth date")),
    DataClass.GOVERNMENT_ID: Naming(
        "Personal / National id", ("gov", "national id", "government id", "ssn", "tax id")
    ),
    DataClass.IP: Naming("Personal / IP address", ("ip", "ip address", "online id")),
    DataClass.LOCATION: Naming("Personal / Location", ("geo", "location", "geolocation")),
    DataClass.SENSITIVE: Naming(
        "Personal / Special category", ("sensitive", "special category", "health", "gender")
    ),
    DataClass.FREE_TEXT: Naming("Personal / Free text", ("freeform", "free text", "text")),
    DataClass.USERNAME: Naming("Personal / User name", ("username", "user name", "login")),
    DataClass.PHOTO: Naming("Personal / Picture", ("photo", "picture", "biometric")),
    DataClass.HASH: Naming("Personal / Hash", ("hash", "pseudonym")),
    DataClass.CARD: Naming("Financial / Card", ("card", "card number", "pan", "pci")),
    DataClass.BANK_ACCOUNT: Naming(
        "Financial / Bank account", ("bank account", "bank", "iban", "account number")
    ),
    DataClass.PAY: Naming("Financial / Pay", ("comp", "compensation", "pay", "salary")),
    DataClass.AMOUNT: Naming("Financial / Amount", ("fin", "amount", "financial", "money")),
    DataClass.PASSWORD: Naming("Secret / Password", ("password", "credential")),
    DataClass.TOKEN: Naming("Secret / Token", ("token", "key", "secret", "api key")),
}
"""Paths begin as the vetoes of the council know them: Personal, Financial, Secret."""


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    NAME = "name"
    DATASET = "dataset"
    TYPE = "type"
    KEY = "key"
    VALUES = "values"
    LINEAGE = "lineage"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a class (`weight` above 0) or against it, in words that never hold
    a value of the column. Weights are natural logarithms of odds, and add up."""

    source: Source
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the catalog knows of a column. `dataset` is its name with its schema; `statistics` are
    those of the newest profile: nulls, distinct, min, max, formats."""

    path: str
    dataset: str = ""
    physical_type: str = ""
    is_foreign_key: bool = False
    statistics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detected:
    """A class that a column may hold, how sure that is (0 to 1), and why, the weightiest first."""

    data_class: DataClass
    confidence: float
    evidence: tuple[Evidence, ...]

"""What a value looks like, pure: e-mail addresses, account and card numbers, national ids by check
digits. Values are looked at and counted; none of them is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_address

MOST_CHARACTERS = 400
"""Longer values are running text, and are not looked at."""


class ValueFormat(StrEnum):
    """What a value may be, by its form and its check digits."""

    EMAIL = "email"
    PHONE = "phone"
    IP = "ip"
    MAC = "mac"
    IBAN = "iban"
    CARD = "card"
    ID_BR = "id_br"
    ID_CN = "id_cn"
    ID_DE = "id_de"
    ID_ES = "id_es"
    ID_FI = "id_fi"
    ID_FR = "id_fr"
    ID_IT = "id_it"
    ID_NL = "id_nl"
    ID_PL = "id_pl"
    ID_SE = "id_se"
    ID_US = "id_us"
    SECRET = "secret"  # noqa: S105 - the name of a format
    DIGEST = "digest"
    UUID = "uuid"
    URL = "url"


FORMAT_WORDS: Mapping[ValueFormat, str] = {
    ValueFormat.EMAIL: "valid e-mail addresses",
    ValueFormat.PHONE: "telephone numbers",
    ValueFormat.IP: "valid IP addresses",
    ValueFormat.MAC: "valid MAC addresses",
    ValueFormat.IBAN: "valid IBANs",
    ValueFormat.CARD: "valid card numbers",
    ValueFormat.ID_BR: "valid Brazilian CPF numbers",
    ValueFormat.ID_CN: "valid Chinese resident numbers",
    ValueFormat.ID_DE: "valid German tax numbers",
    ValueFormat.ID_ES: "valid Spanish identity numbers",
    ValueFormat.ID_FI: "valid Finnish identity codes",
    ValueFormat.ID_FR: "valid French social security numbers",
    ValueFormat.ID_IT: "valid Italian tax codes",
    ValueFormat.ID_NL: "valid Dutch citizen numbers",
    ValueFormat.ID_PL: "valid Polish PESEL numbers",
    ValueFormat.ID_SE: "valid Swedish identity numbers",
    ValueFormat.ID_US: "possible American social security numbers",
    ValueFormat.SECRET: "keys, tokens or hashed passwords",
    ValueFormat.DIGEST: "digests",
    ValueFormat.UUID: "UUIDs",
    ValueFormat.URL: "addresses of pages",
}
"""Each format in the plural, to be counted in a sentence."""

_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_PHONE = re.compile(
    r"(?:\+|00)[1-9][\d\s().\-/]{5,19}\d"  # with the code of a country
    r"|\(?0?\d{2,4}\)?[\s.\-/]\d{3,4}[\s.\-/]\d{3,4}"  # three groups
)
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"(?:4|5[1-5]|2[2-7]|3[47]|3[0689]|35|6(?:011|4[4-9]|5))\d{10,17}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_SPANISH = re.compile(r"[XYZ\d]\d{7}[A-Z]")
_ITALIAN = re.compile(r"[A-Z]{6}[\dLMNP-V]{2}[ABCDEHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]")
_FINNISH = re.compile(r"(\d{6})[-+ABCDEFUVWXY](\d{3})([0-9A-Y])")
_FRENCH = re.compile(r"[1-4]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d[\dAB]\d{8}")
_CHINESE = re.compile(r"\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_SWEDISH = re.compile(r"(?:19|20)?(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))[-+]?(\d{4})")
_SECRET = re.compile(
    r"\$2[abxy]\$\d\d\$.{53}|\$argon2(?:i|d|id)\$.+|\$[156]\$[^$]+\$.+|pbkdf2_sha\d+\$.+"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|(?:ghp|gho|ghs|glpat|xox[abp]|sk_live|sk_test|rk_live)[_-][\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    re.DOTALL,
)
_DIGEST = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URL = re.compile(r"(?:https?|s3|gs|ftp)://\S+")

_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27,
    "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24,
    "SE": 24, "SI": 19, "SK": 24, "TR": 26,
}  # fmt: skip
_CHECK_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FINNISH_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ITALIAN_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip


def formats_of(value: str) -> tuple[ValueFormat, ...]:
    """Everything that a value may be; a number may pass the check of more than one country."""
    text = value.strip()
    if not text or len(text) > MOST_CHARACTERS:
        return ()
    return tuple(name for name, fits in _CHECKS.items() if fits(text))


def count_formats(values: Iterable[str]) -> dict[str, int]:
    """How many of the values that are not empty are what: `values` counts them all, and a format
    that none of them has is absent."""
    found: Counter[str] = Counter()
    for value in values:
        if value.strip():
            found["values"] += 1
            found.update(one.value for one in formats_of(value))
    return dict(found)


def count_by_column(
    names: Sequence[str], rows: Sequence[Sequence[object]], texts: Collection[str]
) -> Iterator[tuple[str, dict[str, int]]]:
    """The same for each column of some rows; of those that are no texts only where any has a
    format."""
    for at, name in enumerate(names):
        counted = count_formats(str(row[at]) for row in rows if row[at] is not None)
        if len(counted) > 1 or (counted and name in texts):
            yield name, counted


def is_iban(text: str) -> bool:
    """ISO 13616: the length of the country where it is known, and the remainder of 97."""
    bare = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(bare) or _IBAN_LENGTHS.get(bare[:2], len(bare)) != len(bare):
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """ISO/IEC 7812: the beginning of an issuer, 13 to 19 digits and the Luhn digit."""
    bare = text.replace(" ", "").replace("-", "")
    return 13 <= len(bare) <= 19 and bool(_CARD.fullmatch(bare)) and passes_luhn(bare)


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for position, character in enumerate(reversed(digits)):
        digit = int(character) << (position & 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_phone(text: str) -> bool:
    """E.164 with the code of a country, or three groups of digits; 7 to 15 digits."""
    if not _PHONE.fullmatch(text) or _DATE.fullmatch(text):
        return False
    return 7 <= sum(c.isdigit() for c in text.removeprefix("00")) <= 15


def is_ip(text: str) -> bool:
    """An address of either version, with or without its network."""
    bare = text.partition("/")[0]
    if bare.count(".") != 3 and bare.count(":") < 2:
        return False
    try:
        ip_address(bare)
    except ValueError:
        return False
    return True


def _digits(text: str, count: int) -> str:
    bare = re.sub(r"[.\-/ ]", "", text)
    is_fit = len(bare) == count and bare.isascii() and bare.isdigit() and len(set(bare)) > 1
    return bare if is_fit else ""


def _weighed(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def is_brazilian(text: str) -> bool:
    """CPF: eleven digits, the last two checks modulo 11."""
    bare = _digits(text, 11)
    if not bare:
        return False
    first = _weighed(bare, range(10, 1, -1)) * 10 % 11 % 10
    second = _weighed(bare, range(11, 1, -1)) * 10 % 11 % 10
    return bare[9:] == f"{first}{second}"


def is_chinese(text: str) -> bool:
    """GB 11643: eighteen places with a birthday, ISO 7064 MOD 11-2."""
    bare = text.upper()
    if not _CHINESE.fullmatch(bare):
        return False
    total = sum(int(c, 36) * (2 ** (17 - n) % 11) for n, c in enumerate(bare[:17]))
    return "10X98765432"[total % 11] == bare[17]


def is_german(text: str) -> bool:
    """Tax number: eleven digits, ISO 7064 MOD 11,10, one digit twice or thrice."""
    bare = _digits(text, 11)
    if not bare or bare[0] == "0" or len(set(bare[:10])) not in (8, 9):
        return False
    product = 10
    for digit in bare[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(bare[10])


def is_spanish(text: str) -> bool:
    """DNI or NIE: eight places and the letter of their remainder of 23."""
    bare = text.replace("-", "").upper()
    if not _SPANISH.fullmatch(bare):
        return False
    number = bare[:8].translate(str.maketrans("XYZ", "012"))
    return _CHECK_LETTERS[int(number) % 23] == bare[8]


def is_finnish(text: str) -> bool:
    """Birthday, mark of the century, three digits and the character of their remainder of 31."""
    found = _FINNISH.fullmatch(text.upper())
    return found is not None and _FINNISH_LETTERS[int(found[1] + found[2]) % 31] == found[3]


def is_french(text: str) -> bool:
    """NIR: thirteen places and their complement of 97."""
    bare = text.replace(" ", "").upper()
    if not _FRENCH.fullmatch(bare):
        return False
    number = bare[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(bare[13:])


def is_italian(text: str) -> bool:
    """Codice fiscale: sixteen places, the last one a check of odd and even places."""
    bare = text.upper()
    if not _ITALIAN.fullmatch(bare):
        return False
    total = 0
    for position, character in enumerate(bare[:15]):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += _ITALIAN_ODD[value] if position % 2 == 0 else value
    return chr(ord("A") + total % 26) == bare[15]


def is_dutch(text: str) -> bool:
    """BSN: nine digits, the sum of their weights divisible by 11."""
    bare = _digits(text, 9)
    return bool(bare) and _weighed(bare, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def is_polish(text: str) -> bool:
    """PESEL: eleven digits, the last one a check modulo 10."""
    bare = _digits(text, 11)
    if not bare or not 1 <= int(bare[2:4]) % 20 <= 12 or not 1 <= int(bare[4:6]) <= 31:
        return False
    return (10 - _weighed(bare, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == int(bare[10])


def is_swedish(text: str) -> bool:
    """Personnummer: a birthday and four digits, the last one by Luhn."""
    found = _SWEDISH.fullmatch(text)
    return found is not None and passes_luhn(found[1] + found[2])


_CHECKS: Mapping[ValueFormat, Callable[[str], object]] = {
    ValueFormat.EMAIL: _EMAIL.fullmatch,
    ValueFormat.PHONE: is_phone,
    ValueFormat.IP: is_ip,
    ValueFormat.MAC: _MAC.fullmatch,
    ValueFormat.IBAN: is_iban,
    ValueFormat.CARD: is_card,
    ValueFormat.ID_BR: is_brazilian,
    ValueFormat.ID_CN: is_chinese,
    ValueFormat.ID_DE: is_german,
    ValueFormat.ID_ES: is_spanish,
    ValueFormat.ID_FI: is_finnish,
    ValueFormat.ID_FR: is_french,
    ValueFormat.ID_IT: is_italian,
    ValueFormat.ID_NL: is_dutch,
    ValueFormat.ID_PL: is_polish,
    ValueFormat.ID_SE: is_swedish,
    ValueFormat.ID_US: _SSN.fullmatch,
    ValueFormat.SECRET: _SECRET.fullmatch,
    ValueFormat.DIGEST: _DIGEST.fullmatch,
    ValueFormat.UUID: _UUID.fullmatch,
    ValueFormat.URL: _URL.fullmatch,
}

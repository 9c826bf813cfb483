"""The forms that texts of documents have, and how a person is told them.

A pattern that is not listed in `IN_WORDS` would be shown to people as the expression that it is.
"""

from __future__ import annotations

from collections.abc import Mapping

SHORT_NAME = r"^[a-z0-9][a-z0-9_-]*$"
SHORT_NAME_OR_EMPTY = r"^([a-z0-9][a-z0-9_-]*)?$"
SHORT_NAME_OF_100 = r"^[a-z0-9][a-z0-9_-]{0,99}$"
STATE_KEY = r"^[a-z][a-z0-9_]{0,59}$"
NUMBER = r"^[A-Za-z][A-Za-z0-9-]{0,59}$"
SLUG = r"^[A-Za-z0-9_-]+$"
SLUG_OR_EMPTY = r"^[A-Za-z0-9_-]*$"
COMMITTEE_OR_EMPTY = r"^[a-z0-9_-]*$"
TERM = r"^term:[a-z0-9][a-z0-9_-]*$"
TERM_OR_EMPTY = r"^(term:[a-z0-9][a-z0-9_-]*)?$"
OWNER = r"^(seat|person|team):.+$"
OWNER_OR_EMPTY = r"^((seat|person|team):.+)?$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"
CONCEPT_ADDRESS = r"^(https?|urn):[^\s<>\"{}|\\^`]+$"
PAGE_ADDRESS = r"^(https?://\S+|/\S*)?$"
SHARE = r"^[0-9]{1,3}/[0-9]{1,3}$"

_SHORT_NAME = (
    "Write small letters, digits, - and _ only, beginning with a letter or digit: net-revenue."
)
_TERM = "Name a term by its key, such as term:net-revenue."
_OWNER = "Write seat:, person: or team: and the name behind it, such as person:una.borel."
_SLUG = "Write the short name: letters, digits, - and _ only, such as sales."

IN_WORDS: Mapping[str, str] = {
    SHORT_NAME: _SHORT_NAME,
    SHORT_NAME_OR_EMPTY: _SHORT_NAME,
    SHORT_NAME_OF_100: f"{_SHORT_NAME[:-1]}, of at most 100 characters.",
    STATE_KEY: "Write small letters, digits and _ only, beginning with a letter, of at most 60"
    " characters: on_hold.",
    NUMBER: "Write letters, digits and - only, beginning with a letter, of at most 60 characters:"
    " OO-06.",
    SLUG: _SLUG,
    SLUG_OR_EMPTY: _SLUG,
    COMMITTEE_OR_EMPTY: "Write the short name: small letters, digits, - and _ only, such as"
    " operations.",
    TERM: _TERM,
    TERM_OR_EMPTY: _TERM,
    OWNER: _OWNER,
    OWNER_OR_EMPTY: _OWNER,
    LANGUAGE: "Write the short form of a language, such as en or pt-BR.",
    CONCEPT_ADDRESS: "Write a whole address without blanks that begins with https://, http:// or"
    " urn:.",
    PAGE_ADDRESS: "Write a whole address such as https://example.org/report, or a path of this"
    " service that begins with /.",
    SHARE: "Write a share as two whole numbers, such as 2/3.",
}

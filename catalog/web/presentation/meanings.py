"""The five meanings and the unknown: each is a color, an icon and a word together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """`key` ends the class name `is-...`; `word` is shown when nothing more exact is said."""

    key: str
    icon: str
    word: str


MEANINGS: dict[str, Meaning] = {
    meaning.key: meaning
    for meaning in (
        Meaning("agreed", "agreed", "Agreed"),
        Meaning("proposed", "proposed", "Proposed"),
        Meaning("contested", "contested", "Contested"),
        Meaning("opted-out", "opted-out", "Opted out"),
        Meaning("broken", "broken", "Broken"),
        Meaning("unknown", "unknown", "Unknown"),
    )
}


def meaning_of(key: str) -> Meaning:
    """The meaning of that key. A key nobody defined is shown as unknown, never as agreed."""
    return MEANINGS.get(key.replace("_", "-"), MEANINGS["unknown"])

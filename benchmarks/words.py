"""A business vocabulary, drawn from as unevenly as people use words (Zipf)."""

from __future__ import annotations

import random
from itertools import accumulate

STEMS = """
    customer order invoice payment product price shipment return account balance ledger
    budget forecast revenue cost margin sale store region country city address contact
    person employee salary contract supplier vendor purchase stock warehouse item category
    brand campaign click session event visit page device browser channel lead opportunity
    quote ticket case incident claim policy premium risk score segment cohort survey answer
    question sensor reading alarm meter energy water gas flight airport carrier plane
    weather route trip driver vehicle fuel patient visit drug dose lab result doctor ward
    bed diagnosis procedure student course grade exam teacher room loan deposit card
    transaction transfer fee interest rate currency exchange bond share fund portfolio trade
    position audit log error job run task batch file document image video model feature
    label metric target test plan project team role user group access
""".split()
QUALIFIERS = """
    fact dim stg raw tmp daily weekly monthly yearly current history snapshot summary detail
    total average count first last new old active closed open net gross planned actual
""".split()
COLUMN_ENDS = """
    name code type status date amount quantity flag number key time at by description value
    percent ratio total start end source target
""".split()
VOCABULARY = 3000


def _vocabulary(chance: random.Random) -> list[str]:
    words = list(dict.fromkeys(STEMS))
    syllables = "ba ce di fo gu ha ke li mo nu pa re si to vu wa xe yi zo".split()
    while len(words) < VOCABULARY:
        words.append("".join(chance.choices(syllables, k=3)) + chance.choice("nrstl"))
    return words


class Words:
    """Draws words with Zipf's frequencies."""

    def __init__(self, chance: random.Random) -> None:
        self._words = _vocabulary(chance)
        weights = [1 / (rank + 5) for rank in range(len(self._words))]
        self._weights = list(accumulate(weights))  # added up once, and not for every draw
        self._chance = chance

    def draw(self, count: int) -> list[str]:
        """`count` words, maybe with repetitions."""
        return self._chance.choices(self._words, cum_weights=self._weights, k=count)

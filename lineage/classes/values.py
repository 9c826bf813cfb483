"""What counts of values say: formats in a sample, least and greatest values, distinct ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.formats import FORMAT_WORDS, ValueFormat, count_formats
from lineage.classes.types import DataClass, Evidence, Source

_CLASSES: Mapping[ValueFormat, DataClass] = {
    ValueFormat.EMAIL: DataClass.EMAIL,
    ValueFormat.PHONE: DataClass.PHONE,
    ValueFormat.IP: DataClass.IP,
    ValueFormat.MAC: DataClass.IP,
    ValueFormat.IBAN: DataClass.BANK_ACCOUNT,
    ValueFormat.CARD: DataClass.CARD,
    ValueFormat.SECRET: DataClass.TOKEN,
    **{one: DataClass.GOVERNMENT_ID for one in ValueFormat if one.value.startswith("id_")},
}
_WEAK = frozenset({ValueFormat.PHONE, ValueFormat.ID_NL, ValueFormat.ID_SE, ValueFormat.ID_DE})
"""What a number that means something else passes often: one in ten, or by its form alone."""
_EXPECTED: Mapping[DataClass, tuple[ValueFormat, ...]] = {
    DataClass.EMAIL: (ValueFormat.EMAIL,),
    DataClass.IP: (ValueFormat.IP, ValueFormat.MAC),
    DataClass.PHONE: (ValueFormat.PHONE,),
}
"""Classes whose values are always of a format: where none is, the name was wrong."""
_ENOUGH = 5
_MANY = 20
_SHARE = 0.6


def read_values(
    statistics: Mapping[str, Any], named: frozenset[DataClass]
) -> Iterator[tuple[DataClass, Evidence]]:
    """What the counts say for and against classes; `named` are those that the name speaks for."""
    counts, whole = _counts(statistics)
    total = counts.get("values", 0)
    if total:
        yield from _formats(counts, total, whole, named)
    distinct = statistics.get("distinct")
    if isinstance(distinct, int) and distinct <= 2 and (total >= _ENOUGH or not total):
        for data_class in named - {DataClass.SENSITIVE}:
            text = f"It has {distinct} distinct value{'' if distinct == 1 else 's'}"
            yield data_class, Evidence(Source.VALUES, text, -1.5)


def _counts(statistics: Mapping[str, Any]) -> tuple[Mapping[str, int], str]:
    """Counts of formats with what was counted in words; without a sample, of the extreme values."""
    sampled = statistics.get("formats")
    if isinstance(sampled, Mapping):
        kept = {
            key: value
            for key, value in sampled.items()
            if isinstance(key, str) and isinstance(value, int) and value >= 0
        }
        return kept, "sampled values"
    extremes = {
        str(statistics[name])[:200]
        for name in ("min", "max")
        if isinstance(statistics.get(name), str)
    }
    return count_formats(extremes), "least and greatest values"


def _formats(
    counts: Mapping[str, int], total: int, whole: str, named: frozenset[DataClass]
) -> Iterator[tuple[DataClass, Evidence]]:
    is_sample = whole == "sampled values"
    found: dict[DataClass, Evidence] = {}
    for value_format, data_class in _CLASSES.items():
        hits = min(counts.get(value_format.value, 0), total)
        if not hits or hits / total < _SHARE:
            continue
        weight = 1.2 if not is_sample or total < _ENOUGH else 2.2 if total < _MANY else 3.4
        if value_format in _WEAK:
            weight = min(weight, 1.0) if hits / total > 0.9 else 0.3
        weight *= hits / total
        text = f"{hits:,} of {total:,} {whole} are {FORMAT_WORDS[value_format]}"
        if data_class not in found or found[data_class].weight < weight:
            found[data_class] = Evidence(Source.VALUES, text, round(weight, 2))
    yield from found.items()
    if not is_sample or total < _MANY:
        return
    for data_class in named & _EXPECTED.keys():
        formats = _EXPECTED[data_class]
        if not any(counts.get(one.value, 0) for one in formats):
            words = FORMAT_WORDS[formats[0]]
            weight = -1.0 if data_class is DataClass.PHONE else -3.5
            yield (
                data_class,
                Evidence(Source.VALUES, f"None of {total:,} {whole} are {words}", weight),
            )
    for one in (ValueFormat.UUID, ValueFormat.URL):
        hits = counts.get(one.value, 0)
        if hits / total >= _SHARE:
            text = f"{hits:,} of {total:,} {whole} are {FORMAT_WORDS[one]}"
            for data_class in named - {DataClass.PHOTO}:
                yield data_class, Evidence(Source.VALUES, text, -2.5)

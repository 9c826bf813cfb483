"""The stage of the supply chain that a dataset stands in, from its layer and its place in lineage.

Pure. What people or sources say wins; this is what holds where nobody has said it (R-060).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.types import DatasetKind, Stage

_SHOWS = {DatasetKind.DASHBOARD, DatasetKind.METRIC, DatasetKind.APPLICATION}
_STUDIES = {DatasetKind.ML_MODEL, DatasetKind.NOTEBOOK}
# What warehouses call their layers: the first word of a dataset's name, a word of its schema's.
_LAYERS = {
    Stage.INGESTION: ("raw", "landing", "land", "src", "source", "sources", "ingest", "bronze"),
    Stage.PREPARATION: (
        *("stg", "staging", "stage", "clean", "cleansed", "prep", "prepared", "int"),
        *("intermediate", "silver", "base", "core", "conformed"),
    ),
    Stage.ANALYSIS: (
        *("mart", "marts", "gold", "fct", "fact", "facts", "dim", "agg", "analytics"),
        *("semantic", "features", "ml"),
    ),
    Stage.EGRESS: ("export", "exports", "egress", "outbound", "share", "shared", "reports", "kpi"),
}
_STAGE_OF = {word: stage for stage, words in _LAYERS.items() for word in words}
_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a dataset stands: what it is called, and what is one step away in lineage."""

    kind: str
    name: str
    container: str = ""
    is_source: bool = False  # its system is one of record or outside, or it was captured
    feeds_from: int = 0  # datasets
    feeds_from_here: int = 0  # of these, those in the same system
    feeds: int = 0  # datasets that hold data again
    is_shown: bool = False  # a dashboard, metric or application reads it


def stage_of(position: Position) -> tuple[Stage, str]:
    """The stage and the reason, as the end of a sentence that starts "worked out: "."""
    if position.kind in _SHOWS:
        return Stage.EGRESS, f"a {position.kind} shows data to people or programs"
    if position.kind in _STUDIES:
        return Stage.ANALYSIS, "it was learned from data"
    if position.is_source and not position.feeds_from:
        return Stage.CAPTURE, "its system is where such data is born, and nothing feeds it"
    layer = _layer_of(position)
    if layer is not None:
        return layer
    if not position.feeds_from:
        return Stage.CAPTURE, "nothing is known to feed it"
    if not position.feeds_from_here:
        return Stage.INGESTION, "all that feeds it lies in other systems"
    if position.feeds:
        return Stage.PREPARATION, "it stands between what feeds it and what is made from it"
    if position.is_shown:
        return Stage.ANALYSIS, "dashboards and metrics are made from it"
    return Stage.ANALYSIS, "it ends the line: nothing more is made from it"


def _layer_of(position: Position) -> tuple[Stage, str] | None:
    first = _WORDS.match(position.name.lower())
    if first is not None and first[0] in _STAGE_OF:
        return _STAGE_OF[first[0]], f"its name starts with {first[0]}"
    for word in _WORDS.findall(position.container.lower()):
        if word in _STAGE_OF:
            return _STAGE_OF[word], f"it lies in {position.container[:100]}"
    return None

"""Query texts: literals masked, one fingerprint for each shape, joins and filters. Knows no Django.

``shape_of`` answers for a text as it was logged, ``findings_of`` for one that was masked;
``answer`` does either in a worker process.
"""

from lineage.queries.findings import (
    Findings,
    Question,
    ShapeQuestion,
    answer,
    answer_in_place,
    findings_of,
)
from lineage.queries.masking import mask
from lineage.queries.shapes import Shape, shape_of

__all__ = [
    "Findings",
    "Question",
    "Shape",
    "ShapeQuestion",
    "answer",
    "answer_in_place",
    "findings_of",
    "mask",
    "shape_of",
]

"""SQL lineage: from an SQL text to tables and column edges. Knows no Django.

``analyze`` reads a script; ``summarize`` says what it does as a whole; ``read_script`` goes on in
a ``Session``; ``LineageCache`` and ``Readings`` remember; ``report`` takes and gives plain JSON.
"""

from lineage.sql.analysis import analyze, read_script
from lineage.sql.cache import LineageCache
from lineage.sql.detection import detect_dialect
from lineage.sql.dialects import dialect_of
from lineage.sql.fingerprint import fingerprint
from lineage.sql.readings import Readings
from lineage.sql.report import report
from lineage.sql.schema import MappingSchema, SchemaProvider
from lineage.sql.session import Session
from lineage.sql.summary import summarize
from lineage.sql.templates.rendering import render

__all__ = [
    "LineageCache",
    "MappingSchema",
    "Readings",
    "SchemaProvider",
    "Session",
    "analyze",
    "detect_dialect",
    "dialect_of",
    "fingerprint",
    "read_script",
    "render",
    "report",
    "summarize",
]

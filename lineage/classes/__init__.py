"""Which classes of data a column may hold, told from its name, its type and counts of its values.

Pure: `detect(ColumnFacts(...))` answers in microseconds, with everything that speaks for a class
and everything that speaks against it. Words are in `words`, the reading of a name in `names`,
counts of values in `values`, and what all of it comes to in `weighing`.
"""

from lineage.classes.types import VERSION, ColumnFacts, DataClass, Detected, Evidence, Source
from lineage.classes.weighing import detect

__all__ = ["VERSION", "ColumnFacts", "DataClass", "Detected", "Evidence", "Source", "detect"]

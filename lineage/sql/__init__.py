"""SQL lineage: ``analyze`` turns an SQL text into tables and column edges. Knows no Django."""

from lineage.sql.analysis import analyze
from lineage.sql.dialects import dialect_of
from lineage.sql.fingerprint import fingerprint
from lineage.sql.schema import SchemaProvider

__all__ = ["SchemaProvider", "analyze", "dialect_of", "fingerprint"]

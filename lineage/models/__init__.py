"""Lineage's tables: statements, the edges read from them, and their evidence."""

from lineage.models.edges import ColumnEdge, DatasetEdge
from lineage.models.statements import Statement

__all__ = ["ColumnEdge", "DatasetEdge", "Statement"]

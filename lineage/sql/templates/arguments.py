"""What an unknown macro is given: columns by their names, or texts of its own."""

from __future__ import annotations

from dataclasses import replace

from lineage.sql.templates.rendering import Rendered
from lineage.types import ScriptLineage, StatementLineage


def without_texts(script: ScriptLineage, rendered: Rendered) -> ScriptLineage:
    """The script without columns that no table has and that a macro was given: ``lkp('X')`` is
    about a text then."""
    if not rendered.given:
        return script
    statements = tuple(_without(s, rendered.given) for s in script.statements)
    return replace(script, statements=statements)


def _without(statement: StatementLineage, given: frozenset[str]) -> StatementLineage:
    texts = {name for name in statement.unresolved if name.lower() in given}
    if not texts:
        return statement
    return replace(
        statement,
        column_edges=tuple(e for e in statement.column_edges if e.source_column not in texts),
        indirect_edges=tuple(e for e in statement.indirect_edges if e.source_column not in texts),
        unresolved=tuple(name for name in statement.unresolved if name not in texts),
    )

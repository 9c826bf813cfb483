"""Changes of schemas."""

from governance.agreements.kinds.schema_change.affected import Rewrite, rewrites
from governance.agreements.kinds.schema_change.kind import SchemaChange
from governance.agreements.kinds.schema_change.seen import Seen, seen_at_source
from governance.agreements.kinds.schema_change.starting import starting_document

__all__ = ["KIND", "Rewrite", "Seen", "rewrites", "seen_at_source", "starting_document"]

KIND = SchemaChange()

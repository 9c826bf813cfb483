"""Schema rules: a selector, what is demanded of what it selects, and how much that matters."""

from governance.agreements.kinds.schema_rule.kind import SchemaRule

KIND = SchemaRule()

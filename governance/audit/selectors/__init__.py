"""The only readers of the audit."""

"""The readers of field mappings."""

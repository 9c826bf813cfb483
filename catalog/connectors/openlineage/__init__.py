"""OpenLineage events from files: what jobs read and wrote, folded into datasets."""

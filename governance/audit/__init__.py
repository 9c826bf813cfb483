"""Who was allowed or refused what, under which policy version: append-only, chained, searchable."""

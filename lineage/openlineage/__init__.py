"""OpenLineage in and out, as far as no table is concerned: reading what clients post, and writing
our lineage as events. Structures, names and folding are the connector's (`catalog.connectors`)."""

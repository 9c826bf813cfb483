"""Search: tokens, query language, documents and the backends that hold them.

Edges come in through `catalog.selectors.search`; nothing else is a door.
"""

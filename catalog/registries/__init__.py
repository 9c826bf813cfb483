"""Where upper packages add to the catalog without the catalog knowing them.

Each registry is owned and documented here: event consumers, connectors, schedules, the tabs,
panels and badges of pages, search documents and facets, GraphQL fields.
"""

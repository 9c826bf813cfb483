"""The fields of the query language: one list for parsing, facets, help and completion."""

from __future__ import annotations

from catalog.search.answers import SearchField

HAS_VALUES = (
    "description",
    "owner",
    "domain",
    "tag",
    "class",
    "columns",
    "sql",
    "profile",
    "tests",
    "problem",
    "question",
    "example",
)
IS_VALUES = (
    "deprecated",
    "archived",
    "gone",
    "important",
    "external",
    "system-of-record",
    "failing",
    "unanswered",
)

FIELDS: tuple[SearchField, ...] = (
    SearchField("kind", "Kind", "What it is: dataset, column, system, person ...", is_facet=True),
    SearchField("type", "Type", "Table, view, dashboard, schema ...", is_facet=True),
    SearchField("domain", "Domain", "The part of the business it belongs to", is_facet=True),
    SearchField("owner", "Owner", "A person or team that answers for it", is_facet=True),
    SearchField("tag", "Tag", "A free tag on it or on a column of it", is_facet=True),
    SearchField("class", "Classification", "A classification, with all below it", is_facet=True),
    SearchField("platform", "Platform", "postgres, duckdb, kafka ...", is_facet=True),
    SearchField("system", "System", "The system that holds it", is_facet=True),
    SearchField("lifecycle", "Lifecycle", "draft, published, curated ...", is_facet=True),
    SearchField(
        "state", "State", "Where it stands: curated, active, council vote ...", is_facet=True
    ),
    SearchField("stage", "Stage", "Its stage in the data supply chain", is_facet=True),
    SearchField("data", "Kind of data", "Transactional or interaction data", is_facet=True),
    SearchField("media", "Media", "image, audio, video, document", is_facet=True),
    SearchField("format", "Format", "png, mp3, pdf ...", is_facet=True),
    SearchField("length", "Length", "How long it plays, how many pages it has", is_facet=True),
    SearchField("language", "Language", "What is spoken or written in it", is_facet=True),
    SearchField("has", "Has", "What is filled in", is_facet=True, values=HAS_VALUES),
    SearchField("is", "Is", "What holds of it", is_facet=True, values=IS_VALUES),
    SearchField("name", "Name", "A word of its name"),
    SearchField("column", "Column", "A word of a column's name"),
    SearchField("description", "Description", "A word of its description"),
    SearchField(
        "changed",
        "Changed",
        "A day, month or year, a span as 2026-01..2026-03, or week for the last seven days",
        is_facet=True,
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
ALIASES = {
    "classification": "class",
    "datakind": "data",
    "label": "tag",
    "tags": "tag",
    "owners": "owner",
    "columns": "column",
    "desc": "description",
    "modified": "changed",
    "updated": "changed",
}
FACET_FIELDS = tuple(field.name for field in FIELDS if field.is_facet)
WORD_FIELDS = ("name", "column", "description")
DATE_FIELD = "changed"


def field_named(name: str) -> SearchField | None:
    """The field that `name` or an alias of it means, whatever its case."""
    lowered = name.lower()
    return BY_NAME.get(ALIASES.get(lowered, lowered))

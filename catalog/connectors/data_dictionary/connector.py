"""The data dictionary connector: CSV sheets to tables, columns, keys and references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import BaseModel, Field

from catalog.connectors.data_dictionary.dictionary import Dictionary
from catalog.connectors.data_dictionary.headers import Headings, Layout
from catalog.connectors.data_dictionary.sheets import Sheet, read_sheet
from catalog.connectors.source_files import source_files
from catalog.names import NameRefused, qualified_name
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import ExpectedTotal, SystemRecord

_ENDINGS = (".csv", ".tsv")
_LEVEL = re.compile(r"[\W_]*(field|table|column)s?[\W_]*level$", re.IGNORECASE)


class DataDictionarySettings(Headings):
    """Where the sheets are, what they describe, and how their columns are headed."""

    path: str = Field(
        "",
        title="File or folder",
        description="CSV file or folder of them on the server; empty for an upload.",
        max_length=1000,
    )
    platform: str = Field(
        "dictionary",
        title="Platform",
        description="Kind of database the dictionary describes, such as postgres.",
        max_length=50,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of the described system; empty for the name of the file.",
        max_length=200,
    )
    database: str = Field("", title="Database", max_length=200)
    schema_name: str = Field("", title="Schema", max_length=200)
    descriptions_only: bool = Field(
        False,
        title="Descriptions only",
        description=(
            "Add descriptions, owners and labels to what other sources list, and create nothing."
        ),
    )


class DataDictionaryConnector:
    """Tables and columns as a dictionary describes them."""

    name = "data_dictionary"
    label = "Data dictionary (CSV)"
    description = (
        "Reads CSV sheets with one row for each column, and optionally one for each table:"
        " descriptions, types, keys and references. The sheets of the OMOP common data model are"
        " recognized as they are."
    )
    settings: type[BaseModel] = DataDictionarySettings
    accepts = (*_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS), ".zip")
    needs_files = False
    is_complete = True
    uploads_are_complete = True

    def read(self, settings: DataDictionarySettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield one dataset for each table; bad lines are problems with their numbers."""
        files = source_files(context, settings.path, lambda name: name.endswith(_ENDINGS))
        sheets = [read_sheet(file.read(), file.name) for file in files]
        if not sheets:
            raise SourceUnreadable("There is no .csv or .tsv file among the files.")
        layouts = [(sheet, Layout(sheet, settings)) for sheet in sheets]
        fields = [(s, at) for s, at in layouts if at.has("table") and at.has("column")]
        tables = [(s, at) for s, at in layouts if at.has("table") and not at.has("column")]
        if not fields and not (tables and settings.descriptions_only):
            headings = ", ".join(repr(h[:40]) for h in sheets[0].header[:8]) or "none"
            raise SourceUnreadable(
                f"{sheets[0].file_name} has no columns that name tables and their columns; its"
                f" headings are {headings}: say in the settings which ones do."
            )
        parts = [part for part in (settings.database, settings.schema_name) if part]
        try:
            instance = settings.instance or _name_of((fields or tables)[0][0])
            base = qualified_name(settings.platform, instance, parts)
        except NameRefused as error:
            raise SourceUnreadable(str(error)) from None
        dictionary = Dictionary(base, describes_only=settings.descriptions_only)
        for sheet, layout in fields:
            dictionary.add_fields(sheet, layout)
        schema_is_group = bool(fields) and not any(at.has("schema") for _, at in fields)
        for sheet, layout in tables:
            dictionary.add_tables(sheet, layout, schema_is_group=schema_is_group)
        yield ExpectedTotal(len(dictionary))
        if not settings.descriptions_only:
            yield SystemRecord(base.platform, base.instance)
        for sheet in sheets:
            yield from sheet.problems
        yield from dictionary.records()


def _name_of(sheet: Sheet) -> str:
    """What the sheet is called, without its ending and without "field level"."""
    name = PurePosixPath(sheet.file_name.replace("\\", "/")).name.removesuffix(".gz")
    stem = PurePosixPath(name).stem
    return _LEVEL.sub("", stem) or stem

"""Which column of a dictionary says what: by its setting, else by the usual headings."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from catalog.connectors.data_dictionary.sheets import Sheet, stated

# The usual headings, without case and punctuation; those of OMOP's CDM files are among them.
_HEADINGS = {
    "schema": "schema schemaname tableschema",
    "table": "cdmtablename tablename table entity entityname dataset datasetname relation",
    "column": "cdmfieldname columnname column fieldname field variable variablename attribute",
    "type": "cdmdatatype datatype type columntype fieldtype",
    "required": "isrequired required mandatory notnull",
    "nullable": "nullable isnullable null optional",
    "primary_key": "isprimarykey primarykey pk ispk",
    "target_table": "fktablename referencedtable foreigntable referencetable reftable",
    "target_column": "fkfieldname referencedcolumn foreigncolumn referencecolumn refcolumn",
    "description": "tabledescription description definition userguidance comment meaning label",
    "guidance": "userguidance guidance notes remarks",
    "conventions": "etlconventions conventions etl",
    "default": "default defaultvalue",
    "classification": "classification sensitivity dataclassification",
    "owner": "owner dataowner responsible",
    "tags": "tags keywords",
}
_TRUE = frozenset({"yes", "y", "true", "t", "1", "x", "pk"})
_FALSE = frozenset({"no", "n", "false", "f", "0"})


class Headings(BaseModel):
    """The headings of the columns that say these things; empty ones are found by themselves."""

    model_config = ConfigDict(extra="forbid", str_max_length=1000)

    heading_schema: str = Field(default="", title="Heading: schema")
    heading_table: str = Field(default="", title="Heading: table")
    heading_column: str = Field(default="", title="Heading: column")
    heading_type: str = Field(default="", title="Heading: type")
    heading_required: str = Field(default="", title="Heading: required (yes or no)")
    heading_nullable: str = Field(default="", title="Heading: may be empty (yes or no)")
    heading_primary_key: str = Field(default="", title="Heading: primary key (yes or no)")
    heading_target_table: str = Field(
        default="", title="Heading: table that a foreign key refers to"
    )
    heading_target_column: str = Field(
        default="", title="Heading: column that a foreign key refers to"
    )
    heading_description: str = Field(default="", title="Heading: description")
    heading_guidance: str = Field(default="", title="Heading: guidance")
    heading_conventions: str = Field(default="", title="Heading: conventions")
    heading_default: str = Field(default="", title="Heading: default value")
    heading_classification: str = Field(default="", title="Heading: classification")
    heading_owner: str = Field(default="", title="Heading: owner")
    heading_tags: str = Field(default="", title="Heading: tags, separated by commas")


class Layout:
    """Where a sheet keeps each fact."""

    def __init__(self, sheet: Sheet, headings: Headings) -> None:
        plain = [_plain(heading) for heading in sheet.header]
        self._places: dict[str, int] = {}
        for fact, usual in _HEADINGS.items():
            named = getattr(headings, f"heading_{fact}")
            for wanted in [_plain(named)] if named else usual.split():
                taken = self._places.values()
                if wanted in plain and plain.index(wanted) not in taken:
                    self._places[fact] = plain.index(wanted)
                    break

    def has(self, fact: str) -> bool:
        """Whether the sheet says anything of the fact."""
        return fact in self._places

    def text(self, cells: list[str], fact: str) -> str | None:
        """What a row says of the fact."""
        place = self._places.get(fact)
        return None if place is None else stated(cells[place])

    def truth(self, cells: list[str], fact: str) -> bool | None:
        """Yes, no, or nothing to be understood."""
        word = (self.text(cells, fact) or "").lower()
        if word in _TRUE:
            return True
        return False if word in _FALSE else None


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading).lower()

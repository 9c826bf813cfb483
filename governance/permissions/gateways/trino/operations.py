"""Trino's operations as data: what each one asks of the opt-outs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Asks(StrEnum):
    """What has to hold for an operation to be allowed; whoever is not known is denied first."""

    NOTHING = "nothing"  # to be known and active
    ADMINISTRATOR = "administrator"
    ONESELF = "oneself"  # the owner is who asks, or an administrator asks
    IMPERSONATION = "impersonation"  # who asks is trusted with it at this gateway
    SEEING = "seeing"  # no confidential opt-out hides the name
    READING = "reading"  # no opt-out denies the columns
    SHOWING = "showing"  # reading, and nobody at all is opted out: others will look through it
    WRITING = "writing"
    MAKING = "making"  # writing, and nothing is said of a place whose files would be read
    RENAMING = "renaming"  # writing both names, and no opt-out covers what goes by the old one
    ALTERING = "altering"  # writing, and no opt-out goes by the names of its columns
    IN_SCHEMA = "in_schema"  # writing every table of the schema, listed or not
    RENAMING_SCHEMA = "renaming_schema"
    MAINTAINING = "maintaining"  # writing, by code that is known to stay within the table
    RUNNING = "running"  # code that may read past the tables it names
    FILTERING = "filtering"  # names of a list, at the batch endpoint or one by one


OPERATIONS: Mapping[str, Asks] = MappingProxyType(
    {
        "ExecuteQuery": Asks.NOTHING,
        "ReadSystemInformation": Asks.NOTHING,
        "WriteSystemInformation": Asks.ADMINISTRATOR,
        "ImpersonateUser": Asks.IMPERSONATION,
        "ViewQueryOwnedBy": Asks.ONESELF,
        "FilterViewQueryOwnedBy": Asks.FILTERING,
        "KillQueryOwnedBy": Asks.ONESELF,
        "SetSystemSessionProperty": Asks.NOTHING,
        "SetCatalogSessionProperty": Asks.NOTHING,
        "AccessCatalog": Asks.NOTHING,
        "CreateCatalog": Asks.ADMINISTRATOR,
        "DropCatalog": Asks.ADMINISTRATOR,
        "FilterCatalogs": Asks.FILTERING,
        "ShowSchemas": Asks.NOTHING,
        "CreateSchema": Asks.NOTHING,
        "DropSchema": Asks.IN_SCHEMA,
        "RenameSchema": Asks.RENAMING_SCHEMA,
        "SetSchemaAuthorization": Asks.IN_SCHEMA,
        "FilterSchemas": Asks.FILTERING,
        "ShowCreateSchema": Asks.NOTHING,
        "ShowTables": Asks.NOTHING,
        "ShowFunctions": Asks.NOTHING,
        "SelectFromColumns": Asks.READING,
        "InsertIntoTable": Asks.WRITING,
        "DeleteFromTable": Asks.WRITING,
        "TruncateTable": Asks.WRITING,
        "UpdateTableColumns": Asks.WRITING,
        "CreateTable": Asks.MAKING,
        "DropTable": Asks.WRITING,
        "RenameTable": Asks.RENAMING,
        "SetTableProperties": Asks.MAKING,
        "SetTableComment": Asks.WRITING,
        "SetViewComment": Asks.WRITING,
        "SetColumnComment": Asks.WRITING,
        "SetTableAuthorization": Asks.WRITING,
        "ShowCreateTable": Asks.SEEING,
        "ShowColumns": Asks.SEEING,
        "AddColumn": Asks.WRITING,
        "AlterColumn": Asks.WRITING,
        "DropColumn": Asks.WRITING,
        "RenameColumn": Asks.ALTERING,
        "FilterTables": Asks.FILTERING,
        "FilterColumns": Asks.FILTERING,
        "CreateView": Asks.WRITING,
        "RenameView": Asks.RENAMING,
        "DropView": Asks.WRITING,
        "SetViewAuthorization": Asks.WRITING,
        "CreateViewWithSelectFromColumns": Asks.SHOWING,
        "CreateMaterializedView": Asks.MAKING,
        "RefreshMaterializedView": Asks.WRITING,
        "SetMaterializedViewProperties": Asks.MAKING,
        "SetMaterializedViewComment": Asks.WRITING,
        "DropMaterializedView": Asks.WRITING,
        "RenameMaterializedView": Asks.RENAMING,
        "ExecuteTableProcedure": Asks.MAINTAINING,
        "ExecuteFunction": Asks.RUNNING,
        "ExecuteProcedure": Asks.RUNNING,
        "FilterFunctions": Asks.FILTERING,
        "CreateViewWithExecuteFunction": Asks.RUNNING,
        "CreateFunction": Asks.NOTHING,
        "DropFunction": Asks.NOTHING,
        "ShowCreateFunction": Asks.NOTHING,
    }
)
"""`GetRowFilters` and `GetColumnMask`, the other two, have endpoints of their own."""

GET_ROW_FILTERS = "GetRowFilters"
GET_COLUMN_MASK = "GetColumnMask"
PLACES = frozenset(
    {
        "external_location", "location", "partition_projection_location_template",
        "avro_schema_url",
    }
)  # fmt: skip
"""Properties of a table that say where its files are: a new table over those of another one shows
what that one holds."""
PROCEDURES = frozenset({"ExecuteProcedure"})
MAINTENANCE = frozenset(
    {
        "optimize", "optimize_manifests", "drop_extended_stats", "expire_snapshots",
        "remove_orphan_files", "rollback_to_snapshot",
    }
)  # fmt: skip
"""Procedures of tables (of Iceberg, Delta Lake and Hive) that read and write no other data. Others
do: `add_files_from_table` takes in the files of a table that it is told of in an argument."""

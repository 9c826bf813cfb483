"""Settings of a connection to a database, and the addresses that are accepted in them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_SAFE_QUERY = frozenset(
    {"host", "port", "user", "sslmode", "sslrootcert", "ssl_ca", "unix_socket", "charset"}
)
_SYSTEM_SCHEMAS = frozenset(
    ["information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys", "temp"]
)


class SqlDatabaseSettings(BaseModel):
    """Which database, which of its schemas, and what its system is called in the catalog."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        title="Address",
        description=(
            "Without the password, such as postgresql://reader@db.example.org/sales,"
            " mariadb://reader@db.example.org/shop, sqlite:////data/shop.db or"
            " duckdb:////data/shop.duckdb."
        ),
        max_length=1000,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of this server in the catalog; empty for its host or file name.",
        max_length=200,
    )
    include_schemas: tuple[str, ...] = Field(
        (), title="Only these schemas", description="Names or patterns such as sales_*."
    )
    exclude_schemas: tuple[str, ...] = Field(
        (), title="Not these schemas", description="Names or patterns such as tmp_*."
    )
    include_system: bool = Field(
        False,
        title="System schemas too",
        description="Also read the database's own schemas, such as pg_catalog.",
    )
    look_at_values: bool = Field(
        False,
        title="Look at values",
        description=(
            "Read the first 200 rows of each table and count how many values are e-mail"
            " addresses, account numbers, keys and the like, so that classes are suggested from"
            " them. No value is kept. The user has to be allowed to read the tables."
        ),
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(value.strip())
        except (ArgumentError, ValueError):
            raise ValueError(
                "This is no database address: write dialect://user@host/database."
            ) from None
        if url.password is not None:
            raise ValueError(
                "The address holds a password: take it out and name a secret in the connection."
            )
        unsafe = sorted(set(url.query) - _SAFE_QUERY)
        if unsafe:
            raise ValueError(f"The address holds the option {unsafe[0][:40]!r}: take it out.")
        if url.get_backend_name() in {"sqlite", "duckdb"} and (url.database or "") in {
            "",
            ":memory:",
        }:
            raise ValueError("The address names no file: write sqlite:////folder/file.db.")
        return value.strip()

    @property
    def address(self) -> URL:
        """The address with the driver that is used for it."""
        from sqlalchemy.engine import make_url

        url = make_url(self.url)
        return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))

    def wants_schema(self, schema: str) -> bool:
        """Whether a schema is to be read."""
        if any(fnmatchcase(schema, pattern) for pattern in self.exclude_schemas):
            return False
        if self.include_schemas:
            return any(fnmatchcase(schema, pattern) for pattern in self.include_schemas)
        lowered = schema.lower()
        is_system = lowered in _SYSTEM_SCHEMAS or lowered.startswith(("pg_toast", "pg_temp"))
        return self.include_system if is_system else True

"""Concord's opt-outs, decided where the data is: in about a microsecond, without a call.

    from concord_client import Client

    client = Client("https://concord.example.org", secret, public_keys=[key], folder="/var/lib/app")
    with client.started():
        decision = client.decide("dana", "read", "postgres://warehouse/larkfield.hr.salary",
                                 columns=("amount",), purpose="analytics")
        decision.allowed, decision.code, decision.effect_on("amount"), decision.filters

`concord_client.sql` guards whole statements of DuckDB and PostgreSQL.
"""

from concord_client.client import Client
from concord_client.errors import (
    ClientError,
    DecisionNotKept,
    FolderInUse,
    NotReady,
    StatementRefused,
)
from concord_client.held import Standing
from governance.permissions.bundling import BundleRefused
from governance.permissions.engine import ColumnEffect, Decision, Matched, RowFilter

__all__ = [
    "BundleRefused",
    "Client",
    "ClientError",
    "ColumnEffect",
    "Decision",
    "DecisionNotKept",
    "FolderInUse",
    "Matched",
    "NotReady",
    "RowFilter",
    "Standing",
    "StatementRefused",
]

__version__ = "0.1.0"

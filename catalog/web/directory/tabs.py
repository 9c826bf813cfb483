"""The registers beside each other."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from catalog.web.presentation.shapes import Tab

_REGISTERS = (
    ("datasets", "Datasets"),
    ("systems", "Systems"),
    ("domains", "Domains"),
    ("products", "Data products"),
    ("people", "People"),
    ("teams", "Teams"),
    ("tags", "Tags"),
    ("classifications", "Classifications"),
    ("technologies", "Technologies"),
    ("properties", "Own properties"),
)


def directory_tabs(request: HttpRequest) -> list[Tab]:
    """A tab for each register, the one shown marked."""
    return [
        Tab(label, address, request.path == address)
        for label, address in ((label, reverse(f"catalog:{key}")) for key, label in _REGISTERS)
    ]

"""A data product in the Open Data Product Standard 1.0.0 (bitol.io), with links to contracts."""

from __future__ import annotations

from typing import Any

from catalog.exports.described import DescribedOwner, DescribedPort, DescribedProduct
from catalog.exports.odcs import OWN, VERSION, properties

API_VERSION = "v1.0.0"


def product_document(product: DescribedProduct) -> dict[str, Any]:
    """The document, in the standard's order. A port's contract is the contract of its dataset."""
    team = [
        _member(owner, role)
        for owner, role in ((product.owner, "owner"), (product.team, "owning team"))
        if owner is not None
    ]
    outputs = [port for port in product.ports if port.is_output]
    inputs = [port for port in product.ports if not port.is_output]
    return _filled(
        {
            "apiVersion": API_VERSION,
            "kind": "DataProduct",
            "id": product.slug,
            "name": product.name,
            "version": VERSION,
            "status": "active",
            "domain": product.domain,
            "description": {"purpose": product.purpose},
            "customProperties": properties(
                {
                    f"{OWN}criticality": product.criticality,
                    f"{OWN}serviceLevel": product.service_level,
                    f"{OWN}portContracts": {
                        port.qualified_name: port.contract
                        for port in product.ports
                        if port.contract
                    }
                    or None,
                }
            ),
            "inputPorts": [
                {"name": port.name, "version": VERSION, "contractId": port.qualified_name}
                for port in inputs
            ],
            "outputPorts": [_output(port, inputs) for port in outputs],
            "team": team,
        }
    )


def _output(port: DescribedPort, inputs: list[DescribedPort]) -> dict[str, Any]:
    return _filled(
        {
            "name": port.name,
            "description": port.contract,
            "version": VERSION,
            "contractId": port.qualified_name,
            "inputContracts": [{"id": one.qualified_name, "version": VERSION} for one in inputs],
        }
    )


def _member(owner: DescribedOwner, role: str) -> dict[str, Any]:
    return {"username": owner.email or owner.username, "name": owner.name, "role": role}


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}

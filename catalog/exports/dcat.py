"""A dataset in the Data Catalog Vocabulary 3 (W3C Recommendation, 22 August 2024) as JSON-LD.

Each of the thirteen facts (R-050) has its term; a physical instance is a `dcat:Distribution`
(R-058). What DCAT lacks stands under `gov:`.
"""

from __future__ import annotations

from typing import Any

from catalog.exports.described import DescribedDataset, DescribedDistribution, DescribedOwner

CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gov": "urn:concord:terms:",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def dataset_document(dataset: DescribedDataset, address: str) -> dict[str, Any]:
    """The document; `address` is the dataset's lasting page and its identity."""
    own = [_own_distribution(dataset, address)]
    others = [_distribution(one, address) for one in dataset.distributions]
    return {
        "@context": CONTEXT,
        **_filled(
            {
                "@id": address,
                "@type": "dcat:Dataset",
                "dct:identifier": dataset.qualified_name,
                "dct:title": dataset.display_name or dataset.name,
                "dct:description": dataset.fact("meaning"),
                "dct:publisher": [_agent(owner) for owner in dataset.owners],
                "dcat:contactPoint": [
                    {"@id": f"mailto:{owner.email}"} for owner in dataset.owners if owner.email
                ],
                "prov:qualifiedAttribution": [
                    {
                        "@type": "prov:Attribution",
                        "prov:agent": _agent(owner),
                        "dcat:hadRole": owner.kind,
                    }
                    for owner in dataset.owners
                ],
                "dcat:theme": [{"rdfs:label": label} for label in dataset.classifications],
                "dcat:keyword": list(dataset.tags),
                "csvw:column": [
                    _filled(
                        {
                            "csvw:name": ".".join(column.path),
                            "csvw:datatype": column.physical_type,
                            "dct:description": column.description,
                        }
                    )
                    for column in dataset.columns
                ],
                "gov:contents": dataset.fact("contents"),
                "dct:issued": _moment(dataset.fact("published_at")),
                "dct:relation": [{"dct:identifier": one.target} for one in dataset.relations],
                "dcat:qualifiedRelation": [
                    {
                        "@type": "dcat:Relationship",
                        "dct:relation": {"dct:identifier": one.target},
                        "dcat:hadRole": one.kind,
                    }
                    for one in dataset.relations
                ],
                "gov:relations": dataset.fact("relations"),
                "dct:conformsTo": _labelled("dct:Standard", dataset.fact("organisation")),
                "csvw:primaryKey": dataset.fact("key"),
                "gov:sortOrder": dataset.fact("sort_order"),
                "dct:created": _moment(dataset.fact("created_at")),
                "dct:modified": _moment(dataset.fact("modified_at")),
                "gov:archivedAt": _moment(dataset.fact("archived_at")),
                "adms:status": dataset.lifecycle,
                "dct:accessRights": _labelled("dct:RightsStatement", dataset.fact("access")),
                "gov:size": dataset.fact("size"),
                "gov:ownerNames": dataset.fact("owner"),
                "dcat:distribution": [*own, *others],
            }
        ),
    }


def _own_distribution(dataset: DescribedDataset, address: str) -> dict[str, Any]:
    """The dataset where its source holds it."""
    return _filled(
        {
            "@id": f"{address}#source",
            "@type": "dcat:Distribution",
            "dct:title": dataset.system,
            "dcat:accessURL": {"@id": dataset.url or address},
            "dcat:byteSize": _number(dataset.size_bytes),
            "dct:modified": _moment(dataset.fact("modified_at")),
        }
    )


def _distribution(one: DescribedDistribution, address: str) -> dict[str, Any]:
    is_address = one.location.startswith(("https://", "http://", "s3://", "gs://", "file://"))
    return _filled(
        {
            "@type": "dcat:Distribution",
            "dct:title": one.location,
            "dcat:accessURL": {"@id": one.location if is_address else address},
            "dct:isPartOf": {"dct:identifier": one.system},
            "dcat:mediaType": one.media_type,
            "dcat:byteSize": _number(one.size_bytes),
            "dct:modified": _moment(one.fresh_at.isoformat() if one.fresh_at else ""),
        }
    )


def _agent(owner: DescribedOwner) -> dict[str, Any]:
    return {
        "@type": "foaf:Organization" if owner.is_team else "foaf:Person",
        "foaf:name": owner.name,
    }


def _labelled(kind: str, words: str) -> dict[str, Any]:
    return {"@type": kind, "rdfs:label": words} if words else {}


def _moment(text: str) -> dict[str, Any]:
    if not text:
        return {}
    return {"@type": "xsd:dateTime" if "T" in text else "xsd:date", "@value": text}


def _number(number: int | None) -> dict[str, Any]:
    if number is None:
        return {}
    return {"@type": "xsd:nonNegativeInteger", "@value": str(number)}


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}

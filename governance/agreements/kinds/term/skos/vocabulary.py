"""The names that SKOS files are made of, and Concord's own beside them."""

from __future__ import annotations

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCT = "http://purl.org/dc/terms/"
OWL = "http://www.w3.org/2002/07/owl#"
# What SKOS has no word for: owner, domains, bindings, counter-examples, acronyms, homonyms.
CONCORD = "urn:concord:glossary#"

PREFIXES = {"skos": SKOS, "dct": DCT, "owl": OWL, "xsd": XSD, "concord": CONCORD}

# SKOS's word for each kind of match (a MatchKind's value).
MATCHES = {
    "exact": "exactMatch",
    "close": "closeMatch",
    "broader": "broadMatch",
    "narrower": "narrowMatch",
    "related": "relatedMatch",
}

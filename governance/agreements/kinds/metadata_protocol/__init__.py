"""Metadata protocols (R-050 to R-056)."""

from governance.agreements.kinds.metadata_protocol.kind import MetadataProtocol

__all__ = ["KIND"]

KIND = MetadataProtocol()

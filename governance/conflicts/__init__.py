"""The register of conflicts: where two agreements, proposals or claims disagree."""

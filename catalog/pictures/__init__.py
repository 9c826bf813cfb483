"""Pictures drawn on the server as SVG: icons, lineage, charts. No Django in here."""

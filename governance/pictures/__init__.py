"""Pictures of governance, drawn on the server as SVG. No Django."""

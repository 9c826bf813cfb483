"""The glossary as SKOS: read from Turtle, written as Turtle and JSON-LD. Pure; no Django."""

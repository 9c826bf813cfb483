"""SQL predicates as a closed language: parsed, typed, evaluated on rows; knows no Django."""

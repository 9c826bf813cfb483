"""How fields of two systems map."""

"""How well classes are suggested, on labels that were written first; see `__main__`."""

"""Pages of agreements: the register, the glossary, one agreement through time."""

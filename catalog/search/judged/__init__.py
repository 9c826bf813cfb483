"""How well search finds what people judged to be the answer, on any collection of texts."""

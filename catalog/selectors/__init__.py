"""The catalog's readers: each takes the principal and answers within what it may see."""

"""What a text says before it is a tree: in other words, around other statements, of no table."""

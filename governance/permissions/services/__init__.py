"""Writers of exceptions from opt-outs."""

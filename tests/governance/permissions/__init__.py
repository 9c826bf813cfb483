"""Opt-outs: the engine, the gate, exceptions."""

"""Backends: each holds the same documents and answers the same requests with the same hits."""

"""Thin REST views: parse, call one selector or service, render."""

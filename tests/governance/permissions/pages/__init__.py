"""Tests of the pages of access."""

"""Tests of data states."""

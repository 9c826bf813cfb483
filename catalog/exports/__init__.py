"""Datasets and products as the documents of other standards; pure, no Django."""

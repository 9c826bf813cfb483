"""The lineage pages: picture, sentence, table and evidence of a dataset; its impact."""

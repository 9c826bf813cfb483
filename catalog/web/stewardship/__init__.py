"""What stewards work with: lists of datasets, the queue of gaps, changes on many at once."""

"""The dataset page: one module per tab, one per thing that can be changed in place."""

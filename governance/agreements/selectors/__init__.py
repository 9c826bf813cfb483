"""Reading agreements: what is in force, what names in documents mean, what leaves the house."""

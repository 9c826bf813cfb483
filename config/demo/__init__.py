"""The demonstration: real catalogues loaded through the same doors that everybody uses."""

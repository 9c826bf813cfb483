"""The council's rules as plain functions: no Django, tested in microseconds."""

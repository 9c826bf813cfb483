"""What grants, feeds and ends leases."""

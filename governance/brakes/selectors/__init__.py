"""What there is to know of brakes, budgets and leases."""

"""What slows and stops queries: agreed brakes, what a query would cost, leases while it runs."""

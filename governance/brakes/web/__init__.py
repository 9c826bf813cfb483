"""The page of brakes."""

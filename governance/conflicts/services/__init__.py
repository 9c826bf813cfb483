"""Writers of the register of conflicts."""

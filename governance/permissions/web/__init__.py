"""The pages of access: the register of opt-outs, what holds for me, exceptions, emergencies."""

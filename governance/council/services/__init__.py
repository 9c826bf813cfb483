"""The council's writers: seats and who sits on them, delegations, meetings."""

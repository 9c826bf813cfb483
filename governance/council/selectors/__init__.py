"""The council's readers: seats as of an instant, the meeting room, registers, reports."""

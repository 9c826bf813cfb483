"""A culture of data (requirement 1): goals that data follows, and how far data reaches whom."""

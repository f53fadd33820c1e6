"""Discord, strictly: its REST interface and its gateway."""

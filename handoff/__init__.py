"""People: tickets, queues, agents, and the console they work in."""

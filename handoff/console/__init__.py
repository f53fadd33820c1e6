"""The agents' web page: sign-in, tickets, live feed."""

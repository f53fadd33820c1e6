"""X: direct messages, and posts that mention the exchange."""

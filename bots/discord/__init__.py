"""Discord: direct messages, threads for questions asked in public, and slash commands."""

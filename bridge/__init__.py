"""The conversation core: what a message is, who owns it, and how nothing is lost."""

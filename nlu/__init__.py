"""Understanding: from a text to its intent, language and entities, and from an intent to its approved article."""

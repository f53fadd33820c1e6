"""The embedded engine beside Rasa and node-nlp, on public data and on the project's own test set."""

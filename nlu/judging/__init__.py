"""How well the engine understands: the test set, its figures, and whether the training data are worth learning from."""

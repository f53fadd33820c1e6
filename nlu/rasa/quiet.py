"""Runs Rasa's command without the hundred warnings that its libraries give of each other. Python 3.10, Rasa's own."""

import warnings

warnings.showwarning = lambda *_, **__: None

from rasa.__main__ import main  # noqa: E402

main()

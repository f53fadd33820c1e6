"""The web channel: the widget's server side, and Rasa's REST channel."""

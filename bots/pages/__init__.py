"""Server-rendered pages: the demo exchange, the widget alone, an article."""

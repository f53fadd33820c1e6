"""Telegram: private chats and groups, by long polling or by webhook."""

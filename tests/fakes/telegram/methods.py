"""Which methods there are, with the parameters that each needs and may have, and their types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.web import FileField

Params = dict[str, object]

_SEND: Final = (
    "message_thread_id direct_messages_topic_id suggested_post_parameters disable_notification protect_content "
    "reply_parameters reply_markup business_connection_id message_effect_id allow_paid_broadcast"
)
_CAPTION: Final = "caption parse_mode caption_entities"
METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "getMe": ("", ""),
    "getUpdates": ("", "offset limit timeout allowed_updates"),
    "setWebhook": ("url", "certificate ip_address max_connections allowed_updates drop_pending_updates secret_token"),
    "deleteWebhook": ("", "drop_pending_updates"),
    "getWebhookInfo": ("", ""),
    "sendMessage": ("chat_id text", f"parse_mode entities link_preview_options {_SEND}"),
    "sendPhoto": ("chat_id photo", f"{_CAPTION} show_caption_above_media has_spoiler {_SEND}"),
    "sendDocument": ("chat_id document", f"thumbnail {_CAPTION} disable_content_type_detection {_SEND}"),
    "sendChatAction": ("chat_id action", "message_thread_id business_connection_id"),
    "editMessageText": (
        "chat_id message_id text",
        "business_connection_id parse_mode entities link_preview_options reply_markup",
    ),
    "editMessageReplyMarkup": ("chat_id message_id", "business_connection_id reply_markup"),
    "deleteMessage": ("chat_id message_id", ""),
    "answerCallbackQuery": ("callback_query_id", "text show_alert url cache_time"),
    "getFile": ("file_id", ""),
    "setMyCommands": ("commands", "scope language_code"),
    "deleteMyCommands": ("", "scope language_code"),
    "setMyDescription": ("", "description language_code"),
    "getChat": ("chat_id", ""),
    "getChatMember": ("chat_id user_id", ""),
    "restrictChatMember": ("chat_id user_id permissions", "use_independent_chat_permissions until_date"),
    "banChatMember": ("chat_id user_id", "until_date revoke_messages"),
}
_TYPES: Final[Mapping[str, str]] = {
    "integer": (
        "offset limit timeout max_connections message_thread_id direct_messages_topic_id message_id cache_time user_id "
        "until_date"
    ),
    "boolean": (
        "drop_pending_updates disable_notification protect_content allow_paid_broadcast show_caption_above_media "
        "has_spoiler disable_content_type_detection show_alert use_independent_chat_permissions revoke_messages"
    ),
    "list": "allowed_updates entities caption_entities commands",
    "object": "suggested_post_parameters reply_parameters reply_markup link_preview_options scope permissions",
    "chat": "chat_id",
    "file": "photo document thumbnail certificate",
}
_TYPE_OF: Final = {name: kind for kind, names in _TYPES.items() for name in names.split()}


class WrongCall(Exception):
    """A call that no client of Telegram's may make."""


async def raw_parameters(request: web.Request) -> dict[str, object]:
    """What the request says, of whatever form it is."""
    said: dict[str, object] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise WrongCall("the body is no object")
        return {**said, **body}
    return {**said, **await request.post()}


def checked(method: str, raw: Mapping[str, object]) -> Params:
    """The parameters with their types. Raises WrongCall for those that are missing, unknown or of a wrong type."""
    needed, allowed = (set(names.split()) for names in METHODS[method])
    if missing := needed - raw.keys():
        raise WrongCall(f"parameters are missing: {sorted(missing)}")
    if unknown := raw.keys() - needed - allowed:
        raise WrongCall(f"unknown parameters: {sorted(unknown)}")
    params: Params = {}
    for name, value in raw.items():
        kind = _TYPE_OF.get(name, "string")
        try:
            params[name] = _READERS[kind](value)
        except (ValueError, TypeError):
            raise WrongCall(f"{name} is no {kind}: {value!r}") from None
    return params


def _integer(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise ValueError


def _list(value: object) -> list[object]:
    value = json.loads(value) if isinstance(value, str) else value
    if isinstance(value, list):
        return value
    raise ValueError


def _object(value: object) -> dict[str, object]:
    value = json.loads(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        return value
    raise ValueError


def _chat(value: object) -> int | str:
    return value if isinstance(value, str) and value.startswith("@") else _integer(value)


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError


def _file(value: object) -> str | FileField:
    if isinstance(value, str | FileField):
        return value
    raise ValueError


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "integer": _integer,
    "boolean": _boolean,
    "list": _list,
    "object": _object,
    "chat": _chat,
    "file": _file,
    "string": _string,
}

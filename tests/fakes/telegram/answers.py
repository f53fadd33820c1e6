"""What each method does and says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from aiohttp.web import FileField

from tests.fakes.telegram.html import read_html
from tests.fakes.telegram.markdown import read_markdown
from tests.fakes.telegram.methods import Params
from tests.fakes.telegram.replies import Refused, bad, done
from tests.fakes.telegram.state import BOT, Json, Sent, State
from tests.fakes.telegram.text import Entity, Written, buttons_of, check_entities, units

_TEXT: Final = 4096
_CAPTION: Final = 1024
_ALERT: Final = 200
_DESCRIPTION: Final = 512
_DOWNLOAD: Final = 20 * 1024 * 1024
_ACTIONS: Final = frozenset(
    (
        "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
        "find_location record_video_note upload_video_note"
    ).split()
)
_UNCHANGED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


@dataclass(slots=True)
class Answers:
    """Carries out calls whose parameters are right, and records what they did."""

    state: State
    only_chats: set[int] | None = None
    answered: list[Params] = field(default_factory=list)
    actions: list[tuple[int, str]] = field(default_factory=list)
    commands: dict[tuple[str, str], list[object]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)

    def give(self, method: str, params: Params) -> web.Response:
        """Do it. Raises Refused."""
        if "chat_id" in params:
            self.chat_of(params)
        match method:
            case "getMe":
                abilities = {"can_join_groups": True, "can_read_all_group_messages": True}
                return done({**BOT, **abilities, "supports_inline_queries": False})
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return self._send(method, params)
            case "editMessageText" | "editMessageReplyMarkup":
                return self._edit(method, params)
            case "deleteMessage":
                return self._delete(params)
            case "sendChatAction":
                return self._act(params)
            case "answerCallbackQuery":
                return self._answer(params)
            case "getFile":
                return self._file(params)
            case "setMyCommands" | "deleteMyCommands":
                return self._command(params)
            case "setMyDescription":
                return self._describe(params)
            case "getChat":
                chat = self.state.chat(self.chat_of(params))
                return done({**chat, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS})
            case _:
                return self._member(method, params)

    def chat_of(self, params: Params) -> int:
        """The chat that is meant."""
        named = params["chat_id"]
        if isinstance(named, str):
            known = self.state.chats.items()
            named = next((number for number, chat in known if f"@{chat.get('username')}" == named), 0)
        assert isinstance(named, int)
        if not named or (self.only_chats is not None and named not in self.only_chats):
            raise bad("chat not found")
        return named

    def _send(self, method: str, params: Params) -> web.Response:
        chat = self.chat_of(params)
        thread = self.state.topic(chat, _integer(params, "message_thread_id"))
        words = _read(params, "text", "entities") if method == "sendMessage" else _caption(params)
        buttons = buttons_of(params.get("reply_markup"))
        answers = self._answers(chat, params)
        file = None if method == "sendMessage" else self._keep(params["photo" if method == "sendPhoto" else "document"])
        sent = Sent(
            method=method,
            chat=chat,
            thread=thread,
            id=self.state.next_message(chat),
            text=words.text,
            entities=words.entities,
            parse_mode=_string(params, "parse_mode"),
            markup=_object(params, "reply_markup"),
            buttons=buttons,
            answers=answers,
            at=time.monotonic(),
            params=params,
            file=file,
        )
        self.state.sent.append(sent)
        return done(sent.shown(self.state.chat(chat)))

    def _answers(self, chat: int, params: Params) -> int | None:
        """The message that is replied to, which must be there unless it may be gone."""
        reply = _object(params, "reply_parameters")
        if reply is None:
            return None
        number, place = reply.get("message_id"), reply.get("chat_id", chat)
        if not isinstance(number, int) or not isinstance(place, int):
            raise bad("can't parse reply parameters: Can't find field \"message_id\"")
        if not self.state.knows(place, number) and reply.get("allow_sending_without_reply") is not True:
            raise bad("message to be replied not found")
        return number

    def _keep(self, given: object) -> str:
        if isinstance(given, FileField):
            data = given.file.read()
            if not data:
                raise bad("file must be non-empty")
            return self.state.next_file(data, given.filename)
        name = str(given)
        if name not in self.state.files and not name.startswith(("http://", "https://")):
            raise bad("wrong remote file identifier specified: Wrong string length")
        return name

    def _edit(self, method: str, params: Params) -> web.Response:
        chat, number = self.chat_of(params), _integer(params, "message_id")
        found = self.state.message(chat, number or 0)
        if found is None:
            raise bad("message can't be edited" if self.state.knows(chat, number or 0) else "message to edit not found")
        markup, buttons = _object(params, "reply_markup"), buttons_of(params.get("reply_markup"))
        words = Written(text=found.text, entities=found.entities)
        if method == "editMessageText":
            if found.file is not None:
                raise bad("there is no text in the message to edit")
            words = _read(params, "text", "entities")
        if (words.text, words.entities, buttons) == (found.text, found.entities, found.buttons):
            raise bad(_UNCHANGED)
        found.text, found.entities, found.markup, found.buttons = words.text, words.entities, markup, buttons
        return done({**found.shown(self.state.chat(chat)), "edit_date": int(time.time())})

    def _delete(self, params: Params) -> web.Response:
        chat, number = self.chat_of(params), _integer(params, "message_id") or 0
        found = self.state.message(chat, number)
        if found is not None:
            found.deleted = True
        elif (chat, number) in self.state.heard:
            self.state.heard.remove((chat, number))
        else:
            raise bad("message to delete not found")
        return done(True)

    def _act(self, params: Params) -> web.Response:
        chat, action = self.chat_of(params), str(params["action"])
        self.state.topic(chat, _integer(params, "message_thread_id"))
        if action not in _ACTIONS:
            raise bad("wrong parameter action in request")
        self.actions.append((chat, action))
        return done(True)

    def _answer(self, params: Params) -> web.Response:
        if str(params["callback_query_id"]) not in self.state.queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if units(str(params.get("text", ""))) > _ALERT:
            raise bad("MESSAGE_TOO_LONG")
        self.answered.append(params)
        return done(True)

    def _file(self, params: Params) -> web.Response:
        name = str(params["file_id"])
        data = self.state.files.get(name)
        if data is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(data) > _DOWNLOAD:
            raise bad("file is too big")
        return done({"file_id": name, "file_unique_id": f"u{name}", "file_size": len(data), "file_path": name})

    def _command(self, params: Params) -> web.Response:
        place = (str(params.get("scope", {"type": "default"})), str(params.get("language_code", "")))
        commands = params.get("commands")
        if not isinstance(commands, list):
            self.commands.pop(place, None)
            return done(True)
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            if not isinstance(one, dict) or not re.fullmatch(r"[a-z0-9_]{1,32}", str(one.get("command", ""))):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= units(str(one.get("description", ""))) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[place] = commands
        return done(True)

    def _describe(self, params: Params) -> web.Response:
        description = str(params.get("description", ""))
        if units(description) > _DESCRIPTION:
            raise bad("BOT_DESCRIPTION_TOO_LONG")
        self.descriptions[str(params.get("language_code", ""))] = description
        return done(True)

    def _member(self, method: str, params: Params) -> web.Response:
        chat, user = self.chat_of(params), _integer(params, "user_id") or 0
        if method == "getChatMember":
            person = {"id": user, "is_bot": False, "first_name": "Someone"}
            return done({"status": "member", "user": person, **self.state.standing.get((chat, user), {})})
        if self.state.chat(chat)["type"] != "supergroup" and method == "restrictChatMember":
            raise bad("method is available only for supergroups")
        if self.state.chat(chat)["type"] == "private":
            raise bad("method is available for supergroup and channel chats only")
        until = params.get("until_date", 0)
        if method == "banChatMember":
            self.state.standing[chat, user] = {"status": "kicked", "until_date": until}
        else:
            allowed = {name: False for name in _PERMISSIONS} | (_object(params, "permissions") or {})
            standing: Json = {"status": "restricted", "is_member": True, "until_date": until}
            self.state.standing[chat, user] = standing | allowed
        return done(True)


_GIFTS: Final = {f"{kind}_gifts": False for kind in ("unlimited", "limited", "unique")} | {
    "premium_subscription": False,
    "gifts_from_channels": False,
}
_PERMISSIONS: Final = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes "
    "can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info "
    "can_invite_users can_pin_messages can_manage_topics can_edit_tag can_react_to_messages"
).split()


def _caption(params: Params) -> Written:
    return _read(params, "caption", "caption_entities") if "caption" in params else Written()


def _read(params: Params, words: str, marks: str) -> Written:
    """The text after its markup is read, within Telegram's limits."""
    source, mode, entities = str(params[words]), params.get("parse_mode"), params.get(marks)
    written = _written(source, mode)
    if isinstance(entities, list) and mode is None:
        written.entities = check_entities(source, entities)
    if words == "text" and not written.text.strip():
        raise bad("message text is empty")
    if units(written.text) > (_TEXT if words == "text" else _CAPTION):
        raise bad("message is too long" if words == "text" else "message caption is too long")
    return written


def _written(source: str, mode: object) -> Written:
    match mode:
        case None:
            entities: list[Entity] = []
            return Written(text=source, entities=entities)
        case "HTML":
            return read_html(source)
        case "MarkdownV2":
            return read_markdown(source)
        case _:
            raise Refused(400, "Bad Request: unsupported parse_mode")


def _integer(params: Params, name: str) -> int | None:
    value = params.get(name)
    return value if isinstance(value, int) else None


def _string(params: Params, name: str) -> str | None:
    value = params.get(name)
    return value if isinstance(value, str) else None


def _object(params: Params, name: str) -> Json | None:
    value = params.get(name)
    return value if isinstance(value, dict) else None

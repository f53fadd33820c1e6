"""The server: its addresses, who may call it, what goes wrong, and what people in the chats do."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from tests.fakes.telegram.answers import Answers
from tests.fakes.telegram.methods import METHODS, Params, WrongCall, checked, raw_parameters
from tests.fakes.telegram.queue import Queue
from tests.fakes.telegram.replies import Refused, done, hang_up
from tests.fakes.telegram.state import Json, Sent, State
from tests.fakes.telegram.troubles import REFUSALS, SENDS, Flood, Trouble, Troubles

_PATIENCE_S = 15.0


class FakeTelegram:
    """One server with one bot. `violations` are calls that no client may make; `refused` what it answered 4xx to."""

    def __init__(self, *, token: str) -> None:
        self.token = token
        self.calls: list[tuple[str, Params]] = []
        self.violations: list[str] = []
        self.refused: list[str] = []
        self.unauthorized = False
        self.away = False
        self.slow_s = 0.5
        self.migrated: dict[int, int] = {}
        self.state = State()
        self.answers = Answers(self.state)
        self.troubles = Troubles()
        self._changed = asyncio.Condition()
        self._queue = Queue(self._changed)
        self._open: dict[int, web.Request] = {}
        self._released = asyncio.Event()
        self._presses = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port of loopback; yields the address."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._give_file)
        # A poll that its client has left must not take the next one's place.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        bringing = asyncio.create_task(self._queue.bring())
        try:
            yield f"http://{host}:{port}"
        finally:
            self._released.set()
            bringing.cancel()
            await asyncio.gather(bringing, return_exceptions=True)
            await runner.cleanup()

    # What people do

    async def add(self, payload: Mapping[str, object]) -> int:
        """An update comes; returns its number."""
        self.state.learn(payload)
        return await self._queue.add(payload)

    async def say(self, text: str, *, chat: Json, user: Json, **more: object) -> int:
        """A person writes; returns the message's number. `more` are further fields of the message."""
        number = self.next_message(int(str(chat["id"])))
        made: Json = {"message_id": number, "date": int(time.time()), "chat": chat, "from": user, "text": text}
        await self.add({"message": made | more})
        return number

    async def press(
        self, message: Sent, user: Json, label: str | None, chat: Json | None = None, *, data: str | None = None
    ) -> Json:
        """A person presses a button, by its label or its data; returns the update. A button must be there."""
        wanted = {"text": label} if data is None else {"callback_data": data}
        there = [one for one in message.buttons if "callback_data" in one and wanted.items() <= one.items()]
        if not there or message.deleted:
            raise LookupError(f"no button {wanted} on message {message.id}")
        self._presses += 1
        shown = message.shown(chat or self.state.chat(message.chat))
        query = {"id": f"q{self._presses}", "from": user, "message": shown, "chat_instance": "1"}
        update: Json = {"callback_query": {**query, "data": there[0]["callback_data"]}}
        return {**update, "update_id": await self.add(update)}

    def next_message(self, chat: int) -> int:
        """The number of a chat's next message."""
        return self.state.next_message(chat)

    def store_file(self, data: bytes, name: str) -> str:
        """Keep a file that a person sends; returns its file_id."""
        return self.state.next_file(data, name)

    # What goes wrong

    def trouble(self, place: int | str, *kinds: Trouble) -> None:
        """The next sends to a chat, calls of a method, or calls EVERYWHERE fail so, one after the other."""
        self.troubles.next[place] += kinds

    def lasting(self, place: int | str, kind: Trouble | None) -> None:
        """They fail so until it is lifted by None."""
        if kind is None:
            self.troubles.lasting.pop(place, None)
        else:
            self.troubles.lasting[place] = kind

    def flood(self, chat: int, seconds: float, times: float = float("inf")) -> None:
        """For a time, and at most so many times, every send to a chat is answered 429."""
        self.troubles.floods[chat] = Flood(time.monotonic() + seconds, times)

    async def drop(self) -> None:
        """Every connection breaks."""
        for request in list(self._open.values()):
            if request.transport is not None:
                request.transport.abort()

    # What is seen

    async def until(self, true: Callable[[], bool], patience_s: float = _PATIENCE_S) -> None:
        """Wait for what was seen to be so."""
        async with asyncio.timeout(patience_s), self._changed:
            await self._changed.wait_for(true)

    @property
    def sent(self) -> list[Sent]:
        """The bot's messages as they stand now, deleted ones included."""
        return self.state.sent

    @property
    def files(self) -> dict[str, bytes]:
        """Files by their file_id."""
        return self.state.files

    @property
    def answered(self) -> list[Params]:
        """The callback queries that were answered."""
        return self.answers.answered

    @property
    def actions(self) -> list[tuple[int, str]]:
        """Chats with what was shown there, such as typing."""
        return self.answers.actions

    @property
    def confirmed(self) -> int:
        """Updates up to this one will not come again."""
        return self._queue.confirmed

    @property
    def hook_secret(self) -> str:
        """What the bot wants its calls to carry; "" while it has no webhook."""
        return self._queue.hook.secret if self._queue.hook is not None else ""

    # What the bot does

    async def _call(self, request: web.Request) -> web.StreamResponse:
        self._open[id(request)] = request
        try:
            return await self._answer(request)
        except Refused as refused:
            return refused.reply()
        finally:
            del self._open[id(request)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.away:
            hang_up(request)
        self._authorise(request)
        before = self.troubles.of_method(method)
        if before is Trouble.CUT_BEFORE:
            hang_up(request)
        params = await self._read(request, method)
        trouble = before or self._of_chat(method, params)
        refusal = None if trouble is None else await self._prevented(request, trouble)
        if refusal is not None:
            return refusal
        response = await self._done(method, params)
        return await self._late(request, trouble, response)

    def _authorise(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise Refused(404, "Not Found")
        if token != self.token or self.unauthorized:
            raise Refused(401, "Unauthorized")

    async def _read(self, request: web.Request, method: str) -> Params:
        if method not in METHODS:
            self.violations.append(f"{method}: there is no such method")
            raise Refused(404, "Not Found: method not found")
        try:
            params = checked(method, await raw_parameters(request))
        except (WrongCall, ValueError) as wrong:
            self.violations.append(f"{method}: {wrong}")
            raise Refused(400, f"Bad Request: {wrong}") from None
        self.calls.append((method, params))
        return params

    def _of_chat(self, method: str, params: Params) -> Trouble | None:
        """What befalls a call that was read, by the chat that it is for."""
        chat = params.get("chat_id")
        if not isinstance(chat, int):
            return None
        if chat in self.migrated and method in SENDS:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, words, migrate_to_chat_id=self.migrated[chat])
        return self.troubles.of_chat(method, chat)

    async def _prevented(self, request: web.Request, trouble: Trouble) -> web.Response | None:
        """The answer in place of doing it, if it is not to be done."""
        match trouble:
            case Trouble.CUT_BEFORE:
                hang_up(request)
            case Trouble.HANG:
                await self._released.wait()
                hang_up(request)
            case Trouble.BAD_GATEWAY:
                return web.Response(status=502, text="<h1>502 Bad Gateway</h1>", content_type="text/html")
            case Trouble.SLOW | Trouble.CUT_AFTER:
                return None
            case _:
                return REFUSALS[trouble].reply()

    async def _done(self, method: str, params: Params) -> web.Response:
        try:
            return await self._carry_out(method, params)
        except Refused as refused:
            self.refused.append(f"{method}: {refused.description}")
            raise
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _carry_out(self, method: str, params: Params) -> web.Response:
        match method:
            case "getUpdates":
                return await self._queue.fetch(params)
            case "setWebhook":
                return await self._queue.set_hook(params)
            case "deleteWebhook":
                return await self._queue.set_hook({**params, "url": ""})
            case "getWebhookInfo":
                return done(self._queue.told())
            case _:
                return self.answers.give(method, params)

    async def _late(self, request: web.Request, trouble: Trouble | None, response: web.Response) -> web.Response:
        if trouble is Trouble.CUT_AFTER:
            hang_up(request)
        if trouble is Trouble.SLOW:
            await asyncio.sleep(self.slow_s)
        return response

    async def _give_file(self, request: web.Request) -> web.StreamResponse:
        self._authorise(request)
        data = self.state.files.get(request.match_info["path"])
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data)

"""The engine on a running Rasa server: asks it over HTTP, and says NluUnavailable whenever it does not answer well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from bridge.errors import NluUnavailable, SwitchboardError
from bridge.ports import Clock
from bridge.types import Interpretation, Utterance
from nlu.breaker import Breaker
from nlu.entities import find
from nlu.language import detect
from nlu.marks import NO_MARKS, Marks
from nlu.rasa_reply import Known, Meaning, RasaThresholds, meaning_of, read_model, read_reply
from nlu.text import clean

log = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0
"""How long one text may take."""
LARGEST: Final = 1024 * 1024
"""Bytes of a reply; no Rasa server needs more."""
NAMELESS: Final = "rasa"
"""The model's name until the server has told it."""
_AT_ONCE: Final = 8
_LOOK_EACH_S: Final = 10.0
# Rasa's attention takes the square of the tokens: 4,000 Chinese characters would keep its one thread busy for minutes.
# A question is asked before or after its story.
_HEAD_CHARACTERS: Final = 80
_TAIL_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaSettings:
    """Where the server is and how it is read. `url` may carry Rasa's `?token=`: never log it.

    `known` is asked again when the server has a new model.
    """

    url: str
    thresholds: RasaThresholds
    known: Callable[[], Known]
    marks: Marks = NO_MARKS
    patience_s: float = PATIENCE_S


class RasaEngine:
    """Implements `ports.Interpreter`. Any failure is NluUnavailable; after some in a row it asks only now and then."""

    def __init__(self, session: aiohttp.ClientSession, settings: RasaSettings, clock: Clock) -> None:
        """Use `opened`, which brings the session."""
        url = URL(settings.url)
        self._parse_url = url.joinpath("model", "parse").with_query(url.query)
        self._status_url = url.joinpath("status").with_query(url.query)
        self._session = session
        self._settings = settings
        self._known = settings.known()
        self._breaker = Breaker(clock)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._model = NAMELESS

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: RasaSettings, clock: Clock) -> AsyncIterator[RasaEngine]:
        """Yield an engine that holds its connections until the end. Raises ConfigError."""
        session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=settings.patience_s),
            connector=aiohttp.TCPConnector(limit=_AT_ONCE + 1),
            cookie_jar=aiohttp.DummyCookieJar(),
            # What is packed could grow without end when it is unpacked.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )
        async with session:
            yield cls(session, settings, clock)

    @property
    def is_away(self) -> bool:
        """Whether the server failed so often that it is asked only now and then."""
        return self._breaker.is_open

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """Return one interpretation for each utterance. Any text is taken. Raises NluUnavailable, for all or none."""
        texts = [_asked(utterance.text) for utterance in utterances]
        wanted = list(dict.fromkeys(filter(None, texts)))
        meanings = {"": Meaning()}
        if wanted:
            with self._breaker.call():
                meanings.update(zip(wanted, await self._parse_all(wanted), strict=True))
        return [self._interpretation(one, meanings[text]) for one, text in zip(utterances, texts, strict=True)]

    async def watch(self) -> None:
        """Keep up with the model's name and the intents it may know, until cancelled."""
        while True:
            try:
                model = read_model(await self._reply("GET", self._status_url, None))
                if model != self._model:
                    self._model, self._known = model, self._settings.known()
                    log.info("the NLU server's model", extra={"model": model})
            except SwitchboardError as error:
                log.debug("the NLU server's model is not known", extra={"problem": str(error)})
            await asyncio.sleep(_LOOK_EACH_S)

    async def _parse_all(self, texts: Sequence[str]) -> list[Meaning]:
        try:
            async with asyncio.TaskGroup() as group:
                parses = [group.create_task(self._parse(text)) for text in texts]
        except ExceptionGroup as errors:
            unavailable = errors.subgroup(NluUnavailable)
            raise unavailable.exceptions[0] if unavailable is not None else errors from None
        return [parse.result() for parse in parses]

    async def _parse(self, text: str) -> Meaning:
        async with self._places:
            reply = read_reply(await self._reply("POST", self._parse_url, {"text": text}))
        return meaning_of(reply, self._settings.thresholds, self._known)

    async def _reply(self, method: str, url: URL, body: dict[str, str] | None) -> bytes:
        """Return a reply's body. Raises NluUnavailable; never with the address, which may hold a token."""
        try:
            async with self._session.request(method, url, json=body, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise NluUnavailable(f"the NLU server answered with status {answer.status}")
                return await _body(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NluUnavailable(f"the NLU server did not answer: {type(error).__name__}") from None

    def _interpretation(self, utterance: Utterance, meaning: Meaning) -> Interpretation:
        return Interpretation(
            ranking=meaning.ranking,
            language=detect(clean(utterance.text), utterance.language),
            certainty=meaning.certainty,
            candidates=meaning.candidates,
            entities=find(utterance.text, self._settings.marks.assets),
            urgency=self._settings.marks.urgency.of(utterance.text),
            model=self._model,
        )


def _asked(text: str) -> str:
    """What the server is asked of a text: Rasa takes one that begins with `/` for an intent's name, so none does."""
    text = clean(text).lstrip("/ ")
    if len(text) <= _HEAD_CHARACTERS + _TAIL_CHARACTERS:
        return text
    return f"{text[:_HEAD_CHARACTERS]} {text[-_TAIL_CHARACTERS:]}"


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for part in answer.content.iter_any():
        raw += part
        if len(raw) > LARGEST:
            raise NluUnavailable("the NLU server's reply is too large")
    return bytes(raw)

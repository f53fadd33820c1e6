"""Talking to the bot in the terminal, without stores or people."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.markdown import Markdown

from bridge.brain import Brain
from bridge.flow import step, utterance
from bridge.ports import Interpreter
from bridge.redaction import redact
from bridge.types import (
    Address,
    ChannelName,
    Choice,
    Chosen,
    Conversation,
    Entry,
    EntryNumber,
    ExternalId,
    Incoming,
    Interpretation,
    Say,
)

_HELP: Final = "Type a question, the number of a choice, or leave an empty line to end."


async def chat(interpreter: Interpreter, brain: Brain, language: str) -> None:
    """Talk until an empty line or end of input."""
    console = Console()
    console.print(f"[dim]{_HELP}[/dim]")
    address = Address(channel=ChannelName("terminal"), key=uuid.uuid4().hex)
    conversation = Conversation(id=address.conversation, address=address, language=language)
    choices: tuple[Choice, ...] = ()
    number = EntryNumber(0)
    while text := _ask(console):
        number = EntryNumber(number + 1)
        entry = _entry(address, number, text, choices)
        said = utterance(conversation, entry)
        heard = (await interpreter.interpret([said]))[0] if said is not None else None
        outcome = step(conversation, entry, number, heard, brain, datetime.now(UTC))
        conversation = outcome.conversation
        choices = _show(console, [one for one in outcome.outgoing if isinstance(one, Say)], heard)


def _ask(console: Console) -> str:
    try:
        return console.input("[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def _entry(address: Address, number: EntryNumber, text: str, choices: tuple[Choice, ...]) -> Entry:
    now, external = datetime.now(UTC), ExternalId(str(number))
    if text.isdecimal() and 0 < int(text) <= len(choices):
        return Chosen(address=address, external_id=external, choice=choices[int(text) - 1].id, at=now)
    return Incoming(address=address, external_id=external, text=redact(text), at=now)


def _show(console: Console, said: list[Say], heard: Interpretation | None) -> tuple[Choice, ...]:
    if heard is not None and heard.ranking:
        best = heard.ranking[0]
        console.print(f"[dim]{best.intent} {best.confidence:.2f} · {heard.certainty.value} · {heard.language}[/dim]")
    choices: tuple[Choice, ...] = ()
    for one in said:
        console.print(Markdown(one.text))
        if one.article is not None:
            console.print(f"[dim]article {one.article.slug}, version {one.article.version}[/dim]")
        choices = one.choices or choices
    for place, choice in enumerate(choices, 1):
        console.print(f"  [cyan]{place}[/cyan] {choice.label}")
    return choices

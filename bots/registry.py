"""Every channel, one line each; a platform's library is loaded only when its channel is on."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from bots.channel import Channel, Surroundings
from bots.discord.settings import DiscordSettings
from bots.settings import PREFIX, Settings, checked
from bots.telegram.settings import TelegramSettings
from bots.twitter.settings import XSettings
from bridge.errors import ConfigError
from bridge.types import ChannelName

Credentials: TypeAlias = Mapping[str, str]
Configure: TypeAlias = Callable[[Path], object]
Opener: TypeAlias = Callable[[Credentials, Path, Surroundings], Channel]

FROM_HISTORY: Final = frozenset({ChannelName("web"), ChannelName("rest")})
"""Channels whose lines are delivered when they stand in the history: their clients fetch what they missed."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A channel that can be on. `needs` are the settings that turn it on, all of them.

    `configure` reads its file in a folder, and raises ConfigError.
    """

    name: ChannelName
    needs: tuple[str, ...]
    configure: Configure
    open: Opener


def _telegram_settings(config: Path) -> TelegramSettings:
    return checked(TelegramSettings, config / "telegram.toml")


def _telegram(credentials: Credentials, config: Path, given: Surroundings) -> Channel:
    from bots.telegram.channel import TelegramChannel

    return TelegramChannel(credentials, _telegram_settings(config), given)


def _discord_settings(config: Path) -> DiscordSettings:
    return checked(DiscordSettings, config / "discord.toml")


def _discord(credentials: Credentials, config: Path, given: Surroundings) -> Channel:
    from bots.discord.channel import DiscordChannel

    return DiscordChannel(credentials, _discord_settings(config), given)


def _x_settings(config: Path) -> XSettings:
    return checked(XSettings, config / "x.toml")


def _x(credentials: Credentials, config: Path, given: Surroundings) -> Channel:
    from bots.twitter.channel import XChannel

    return XChannel(credentials, _x_settings(config), given)


_X: Final = ("X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET")

CHANNELS: Final = (
    Registered(ChannelName("telegram"), ("TELEGRAM_TOKEN",), _telegram_settings, _telegram),
    Registered(ChannelName("discord"), ("DISCORD_TOKEN",), _discord_settings, _discord),
    Registered(ChannelName("x"), _X, _x_settings, _x),
)


def off(settings: Settings) -> Iterator[tuple[ChannelName, str]]:
    """The channels that are off, and what would turn them on."""
    for one in CHANNELS:
        if not _given(one, settings):
            yield one.name, f"off; set {' and '.join(PREFIX + name for name in one.needs)} to turn it on"


def open_channels(settings: Settings, given: Callable[[ChannelName, bytes], Surroundings]) -> list[Channel]:
    """Make the channels whose credentials are set; `given` makes what each is given. Raises ConfigError.

    Nothing is connected yet.
    """
    return [
        one.open(settings.channels, settings.data / "config", given(one.name, _secret(settings, one.name)))
        for one in CHANNELS
        if _given(one, settings)
    ]


def _given(one: Registered, settings: Settings) -> bool:
    missing = [name for name in one.needs if name not in settings.channels]
    if missing and len(missing) < len(one.needs):
        names = ", ".join(PREFIX + name for name in missing)
        raise ConfigError(f"{names}: missing; {one.name} needs all of its credentials, or none to stay off.")
    return not missing


def _secret(settings: Settings, name: ChannelName) -> bytes:
    return hmac.new(settings.secret, f"channel:{name}".encode(), sha256).digest()

"""All configuration in one frozen value: data/config/*.toml, overridden by SWITCHBOARD_* in the environment."""

from __future__ import annotations

import difflib
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bots.attachments.settings import AttachmentSettings
from bots.web.settings import WebSettings
from bridge.errors import ConfigError
from bridge.policy import Rules
from bridge.types import Intent

Network: TypeAlias = IPv4Network | IPv6Network
Toml: TypeAlias = dict[str, object]

DATA: Final = Path(__file__).resolve().parents[1] / "data"
PREFIX: Final = "SWITCHBOARD_"
"""What the names of all our settings in the environment begin with."""
_KNOWN: Final = frozenset(
    (
        "HOST PORT VAR DATA REDIS_URL DATABASE_URL NLU_URL ADMIN_PASSWORD SECRET PUBLIC_URL TRUSTED_PROXIES "
        "API_TOKEN LOG_LEVEL"
    ).split()
)
_CHANNELS: Final = frozenset(
    (
        "TELEGRAM_TOKEN TELEGRAM_API_URL DISCORD_TOKEN DISCORD_API_URL DISCORD_GATEWAY_URL "
        "X_CONSUMER_KEY X_CONSUMER_SECRET X_ACCESS_TOKEN X_ACCESS_SECRET X_API_URL"
    ).split()
)
# Read by what comes later; known here so that they are not taken for typing errors.
_LATER: Final = ("IMAP_", "SMTP_")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


class _Intents(_Strict):
    urgent: list[str]
    security: list[str]
    person: list[str]
    complaint: list[str]
    affirm: str
    deny: str
    small_talk: dict[str, str]


class _Limits(_Strict):
    urgent_from: Annotated[float, Field(gt=0, le=1)]
    misses_before_person: Annotated[int, Field(ge=1, le=10)]
    candidates: Annotated[int, Field(ge=1, le=5)]


class _Details(_Strict):
    most: Annotated[int, Field(ge=0, le=2)]
    wait_s: Annotated[int, Field(ge=10, le=3600)]
    default: list[str]
    category: dict[str, list[str]]


class _Policy(_Strict):
    intents: _Intents
    limits: _Limits
    details: _Details


class _Exchange(_Strict):
    placeholders: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. Secrets are in it: never log it.

    `channels` holds the platforms' credentials and addresses, named as in the environment without the prefix.
    """

    host: str
    port: int
    var: Path
    data: Path
    redis_url: str | None
    database_url: str | None
    nlu_url: str | None
    admin_password: str | None
    api_token: str | None
    secret: bytes
    public_url: str
    trusted_proxies: tuple[Network, ...]
    log_level: str
    channels: Mapping[str, str]
    placeholders: Mapping[str, str]
    rules: Rules


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration. Raises ConfigError naming file or variable, and what to do.

    Makes `var/` and the secret in it when they are missing.
    """
    env = _environment(os.environ if environment is None else environment)
    host, port = env.get("HOST", "127.0.0.1"), _port(env.get("PORT", "8080"))
    var = Path(env.get("VAR", "var")).resolve()
    data = Path(env["DATA"]).resolve() if "DATA" in env else DATA
    return Settings(
        host=host,
        port=port,
        var=var,
        data=data,
        redis_url=env.get("REDIS_URL"),
        database_url=env.get("DATABASE_URL"),
        nlu_url=_nlu_url(env["NLU_URL"]) if "NLU_URL" in env else None,
        admin_password=env.get("ADMIN_PASSWORD"),
        api_token=env.get("API_TOKEN"),
        secret=_secret(env.get("SECRET"), var),
        public_url=env.get("PUBLIC_URL", f"http://{'localhost' if host == '0.0.0.0' else host}:{port}").rstrip("/"),
        trusted_proxies=_networks(env.get("TRUSTED_PROXIES", "")),
        log_level=_level(env.get("LOG_LEVEL", "INFO")),
        channels={name: value for name, value in env.items() if name in _CHANNELS},
        placeholders=load_placeholders(data),
        rules=load_rules(data),
    )


def load_placeholders(data: Path) -> Mapping[str, str]:
    """Read what articles and phrases may fill in. Raises ConfigError."""
    return checked(_Exchange, data / "config" / "exchange.toml").placeholders


def load_rules(data: Path) -> Rules:
    """Read the bot's rules. Raises ConfigError."""
    policy = checked(_Policy, data / "config" / "policy.toml")
    return Rules(
        urgent=_intents(policy.intents.urgent),
        urgent_from=policy.limits.urgent_from,
        security=_intents(policy.intents.security),
        person=_intents(policy.intents.person),
        complaint=_intents(policy.intents.complaint),
        small_talk={Intent(intent): phrase for intent, phrase in policy.intents.small_talk.items()},
        affirm=Intent(policy.intents.affirm),
        deny=Intent(policy.intents.deny),
        misses_before_person=policy.limits.misses_before_person,
        candidates=policy.limits.candidates,
        details_wait=timedelta(seconds=policy.details.wait_s),
        details_most=policy.details.most,
        details={category: tuple(names) for category, names in policy.details.category.items()},
        details_default=tuple(policy.details.default),
    )


def load_web_settings(data: Path) -> WebSettings:
    """Read the widget's limits and origins. Raises ConfigError."""
    return checked(WebSettings, data / "config" / "web.toml")


def load_attachment_settings(data: Path) -> AttachmentSettings:
    """Read what of files is kept, and where. Raises ConfigError."""
    return checked(AttachmentSettings, data / "config" / "attachments.toml")


def read_toml(path: Path) -> Toml:
    """Read one file of configuration. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: this file is missing; take it from the repository again.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def checked(model: type[M], path: Path) -> M:
    """Read one file of configuration as `model`. Raises ConfigError that names file and key."""
    try:
        return model.model_validate(read_toml(path))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise ConfigError(f"{path}: {key}: {problem['msg']} (found {problem['input']!r}).") from error


def _environment(raw: Mapping[str, str]) -> dict[str, str]:
    found = {key.removeprefix(PREFIX): value for key, value in raw.items() if key.startswith(PREFIX) and value}
    for name in found:
        if name not in _KNOWN | _CHANNELS and not name.startswith(_LATER):
            near = difflib.get_close_matches(name, _KNOWN | _CHANNELS, 1)
            hint = f" Did you mean {PREFIX}{near[0]}?" if near else ""
            raise ConfigError(f"{PREFIX}{name}: there is no such setting.{hint}")
    return found


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ConfigError(f"{PREFIX}PORT: '{text}' is not a port; give a number from 1 to 65535.")
    return int(text)


def _nlu_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.fragment
        queries = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))}
    except ValueError:
        usable, queries = False, set()
    # The address may hold a token, so that the message does not repeat it.
    if not usable or not queries <= {"token"} or any(sign.isspace() or not sign.isprintable() for sign in text):
        example = "http://127.0.0.1:5005, with ?token=… if the server has one"
        raise ConfigError(f"{PREFIX}NLU_URL: this is not the address of a Rasa server; give one such as {example}.")
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigError(f"{PREFIX}LOG_LEVEL: '{text}' is none of DEBUG, INFO, WARNING, ERROR.")
    return text.upper()


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"{PREFIX}TRUSTED_PROXIES: {error}. Give networks such as 10.0.0.0/8.") from error


def _intents(names: list[str]) -> frozenset[Intent]:
    return frozenset(Intent(name) for name in names)


def _secret(given: str | None, var: Path) -> bytes:
    if given is not None:
        if len(given) < 32:
            raise ConfigError(f"{PREFIX}SECRET: it has {len(given)} characters; give at least 32 random ones.")
        return given.encode()
    path = var / "secret"
    var.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    text = path.read_text(encoding="ascii").strip()
    if len(text) < 32:
        raise ConfigError(f"{path}: the secret in it is cut off; delete the file to make a new one.")
    return text.encode()

"""What the console's page sends: checked once, here."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from handoff.console.passwords import LONGEST, SHORTEST
from handoff.types import Presence, Role

LONGEST_TEXT: Final = 4000
_MOST_CAPACITY: Final = 100
_KEPT: Final = "\n\t"


class BadRequest(Exception):
    """The page, or somebody who is not the page, sent something else than agreed."""


def _clean(text: str) -> str:
    kept = "".join(sign for sign in text if sign.isprintable() or sign in _KEPT or sign in "\u200c\u200d\ufe0f")
    if not kept.strip():
        raise ValueError("it is empty")
    return kept.strip()


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_clean)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Name = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9._@+-]{1,64}$")]
DisplayName = Annotated[str, StringConstraints(max_length=80), AfterValidator(_clean)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Languages = Annotated[list[Language], Field(max_length=20)]
Capacity = Annotated[int, Field(ge=0, le=_MOST_CAPACITY)]
NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
AnyPassword = Annotated[str, StringConstraints(max_length=LONGEST)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Body(BaseModel):
    """A request's body: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Login(Body):
    """Sign in. A name or password that cannot exist is refused as a wrong one is."""

    name: Annotated[str, StringConstraints(max_length=256)]
    password: AnyPassword
    totp: Annotated[str, StringConstraints(max_length=16)] | None = None


class ChangePassword(Body):
    """Change one's own password."""

    old: AnyPassword
    new: NewPassword


class ConfirmCode(Body):
    """Show that the authenticator app works."""

    code: Code


class SetPresence(Body):
    """Say whether one is there."""

    state: Presence


class AddAgent(Body):
    """A new account."""

    name: Name
    display_name: DisplayName
    role: Role
    languages: Languages = []
    capacity: Capacity
    password: NewPassword


class ChangeAgent(Body):
    """What is to be different about an account; what is left out stays."""

    display_name: DisplayName | None = None
    role: Role | None = None
    languages: Languages | None = None
    capacity: Capacity | None = None
    active: bool | None = None
    password: NewPassword | None = None
    reset_totp: Literal[True] | None = None


class Write(Body):
    """A reply or a note; `id` is the page's own, so that a repeated request writes once."""

    id: ClientId
    text: Text


class Watch(Body):
    """Show the lines of a ticket as they come."""

    type: Literal["watch"]
    number: int


class Unwatch(Body):
    """Show them no longer."""

    type: Literal["unwatch"]
    number: int


class Alive(Body):
    """The agent's page is open."""

    type: Literal["alive"]


Frame = Annotated[Watch | Unwatch | Alive, Field(discriminator="type")]
_FRAME: Final[TypeAdapter[Watch | Unwatch | Alive]] = TypeAdapter(Frame)

B = TypeVar("B", bound=Body)


def read_body(model: type[B], text: str) -> B:
    """Read a request's body. Raises BadRequest, naming the field and nothing of its value."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise BadRequest(_problem(error)) from None


def read_frame(text: str) -> Watch | Unwatch | Alive:
    """Read a frame of the live feed. Raises BadRequest."""
    try:
        return _FRAME.validate_json(text)
    except ValidationError as error:
        raise BadRequest(_problem(error)) from None


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}"

"""What people around the account do: write, mention, quote, attach pictures, shut their door."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from tests.fakes.x.account import Account, File
from tests.fakes.x.hooks import MENTIONED, RECEIVED, Hook, received, with_mention
from tests.fakes.x.shapes import Json

Kind: TypeAlias = Literal["photo", "video", "animated_gif"]

_TYPES: Final[Mapping[Kind, str]] = {"photo": "image/jpeg", "video": "video/mp4", "animated_gif": "video/mp4"}
_KEYS: Final[Mapping[Kind, int]] = {"photo": 3, "video": 7, "animated_gif": 16}
"""What the keys of X's media begin with."""


class People(ABC):
    """The half of the fake that tests steer."""

    account: Account
    hook: Hook
    origin: str

    @abstractmethod
    async def changed(self) -> None:
        """Wake who waits."""

    def person(self, number: str, name: str, username: str, **more: object) -> None:
        """Somebody with an account; `more` are further fields of the user, such as `protected`."""
        self.account.users[number] = {"id": number, "name": name, "username": username, **more}

    def suspend(self, number: str) -> None:
        """X takes somebody's account away: what they said comes with a partial error."""
        self.account.suspended.add(number)

    def close_dms(self, number: str) -> None:
        """Somebody takes no direct messages of ours."""
        self.account.closed.add(number)

    async def dm(self, sender: str, text: str, **more: object) -> str:
        """A direct message comes; returns its id. `attachments={"media_keys": [...]}` as X writes them."""
        return await self.add_event({**self.account.message(sender, text, sender), **more})

    async def post(self, author: str, text: str, **more: object) -> str:
        """A post appears among our mentions; returns its id. `more` overrides what X would fill in."""
        return await self.add_post({**self.account.said(author, text), **more})

    async def mention(self, author: str, text: str, *, in_reply_to: str | None = None, **more: object) -> str:
        """Somebody names us, perhaps in a reply; returns the post's id."""
        return await self.post(author, text, **{**self._reply(in_reply_to), **more})

    async def quote(self, author: str, text: str, quoted: str, **more: object) -> str:
        """Somebody quotes a post; it is a mention only if its own text names us."""
        post = {**self.account.said(author, text), "referenced_tweets": [{"type": "quoted", "id": quoted}], **more}
        if self.account.names_us(post):
            return await self.add_post(post)
        return str(self.account.post_appears(post)["id"])

    async def add_event(self, event: Mapping[str, object]) -> str:
        """Any event of direct messages, as it stands; returns its id."""
        made = self.account.event_happens(event)
        payload = received(self.account, made)
        if payload is not None:
            self.hook.tell(RECEIVED, payload)
        await self.changed()
        return str(made.get("id"))

    async def add_post(self, post: Mapping[str, object]) -> str:
        """Any post among our mentions, as it stands; returns its id."""
        made = self.account.mention_appears(post)
        self.hook.tell(MENTIONED, made, with_mention(self.account, made))
        await self.changed()
        return str(made["id"])

    def photo(self, key: str, url: str) -> None:
        """A picture somewhere else that messages and posts may carry."""
        self.account.media[key] = {"media_key": key, "type": "photo", "url": url}

    def private_media(self, kind: Kind, content: bytes) -> str:
        """A file of a direct message, served to who signs for it; returns its media key."""
        number = self.account.next_id()
        return self._media(kind, content, number, f"/1.1/ton/data/dm/{number}/{number}")

    def public_media(self, kind: Kind, content: bytes) -> str:
        """A file of a post, served to everybody; returns its media key."""
        number = self.account.next_id()
        return self._media(kind, content, number, f"/media/{number}")

    def _media(self, kind: Kind, content: bytes, number: str, folder: str) -> str:
        key, path = f"{_KEYS[kind]}_{number}", f"{folder}/file.{'jpg' if kind == 'photo' else 'mp4'}"
        self.account.files[path] = File(content=content, content_type=_TYPES[kind])
        url = f"{self.origin}{path}"
        media: Json = {"media_key": key, "type": kind, "width": 640, "height": 480}
        if kind == "photo":
            media["url"] = url
        else:
            variant = {"content_type": _TYPES[kind], "bit_rate": 832_000, "url": url}
            playlist = {"content_type": "application/x-mpegURL", "url": f"{url}.m3u8"}
            media |= {"variants": [playlist, variant], "preview_image_url": f"{url}.jpg", "duration_ms": 1000}
        self.account.media[key] = media
        return key

    def _reply(self, answered: str | None) -> Json:
        if answered is None:
            return {}
        post = self.account.posts.get(answered, {})
        return {
            "referenced_tweets": [{"type": "replied_to", "id": answered}],
            "in_reply_to_user_id": str(post.get("author_id", "")),
            "conversation_id": str(post.get("conversation_id", answered)),
        }

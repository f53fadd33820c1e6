"""What we write: X's rules for posts and direct messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.fakes.x import bodies, prices
from tests.fakes.x.account import Account
from tests.fakes.x.counting import MOST, has_url, weight
from tests.fakes.x.problems import against_the_rules, forbidden, invalid
from tests.fakes.x.shapes import Json, Written

CLOSED: Final = "You cannot send messages to this user."
_DUPLICATE: Final = "You are not allowed to create a Tweet with duplicate content."
_SAME_FOR_S: Final = 86_400
_TOO_LONG: Final = "Your Tweet text is too long. For more information on how Tweet length is determined, see "
_NOT_ENGAGED: Final = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
_GONE: Final = "You attempted to reply to a Tweet that is deleted or not visible to you."


def publish(account: Account, post: bodies.Post) -> Written:
    """Publish a post of ours. Raises Refused."""
    length = weight(post.text)
    if length > MOST:
        raise against_the_rules(f"{_TOO_LONG}https://developer.twitter.com/en/docs/counting-characters ({length}).")
    if post.media:
        raise invalid({"media.media_ids": post.media}, "Your media IDs are invalid.")
    if _said_before(account, post.text):
        raise forbidden(_DUPLICATE)
    summoned = _may_answer(account, post.answers) if post.answers is not None else False
    made = account.post_appears(account.said(account.id, post.text) | _references(post))
    written = Written(
        id=str(made["id"]),
        text=post.text,
        answers=post.answers,
        price=_price(post.text, summoned=summoned),
        stamp=account.clock(),
    )
    account.written.append(written)
    return written


def send(account: Account, message: bodies.Message, to: str, conversation: str) -> Written:
    """Send a direct message of ours. Raises Refused."""
    if to in account.closed:
        raise forbidden(CLOSED)
    if message.media:
        raise invalid({"attachments": message.media}, "Your media IDs are invalid.")
    event = account.message(account.id, message.text, to) | {"dm_conversation_id": conversation}
    written = Written(id=str(event["id"]), text=message.text, to=to, price=prices.MESSAGE, stamp=account.clock())
    account.event_happens(event)
    account.written.append(written)
    return written


def delete(account: Account, number: str) -> Decimal:
    """Take back a post of ours; returns what that costs. Raises Refused."""
    post = account.posts.get(number)
    if post is None or post.get("author_id") != account.id:
        raise forbidden("You are not authorized to delete this Tweet.")
    del account.posts[number]
    for one in account.written:
        one.deleted = one.deleted or one.id == number
    return prices.DELETION


def _said_before(account: Account, text: str) -> bool:
    since = account.clock() - _SAME_FOR_S
    ours = (one for one in account.written if one.to is None and not one.deleted)
    return any(one.text == text and one.stamp > since for one in ours)


def _may_answer(account: Account, number: str) -> bool:
    """Whether we were summoned; in our own threads we go on unsummoned."""
    post = account.posts.get(number)
    if post is None:
        raise forbidden(_GONE)
    if post.get("author_id") == account.id:
        return False
    if not account.names_us(post) and not account.quotes_us(post):
        raise against_the_rules(_NOT_ENGAGED)
    return True


def _references(post: bodies.Post) -> Json:
    given = (("replied_to", post.answers), ("quoted", post.quotes))
    references = [{"type": kind, "id": number} for kind, number in given if number is not None]
    return {"referenced_tweets": references} if references else {}


def _price(text: str, *, summoned: bool) -> Decimal:
    if has_url(text):
        return prices.POST_WITH_URL
    return prices.SUMMONED_REPLY if summoned else prices.POST

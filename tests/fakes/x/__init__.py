"""X's API v2, strictly: signed requests, windows of limits, weighted lengths, the rules for replies, webhooks.

Documented by X (its public documentation, as stored in 2026):
- The endpoints, their parameters, fields and expansions, and the limits for one user in 15 minutes.
- Answers: `data`, `includes`, `errors` (partial), `meta`; problems of RFC 7807 with the types of `/2/problems/`.
- A challenge: GET with `crc_token`, answered as JSON with `response_token`, "sha256=" and the HMAC-SHA256 in base64
  with the app's consumer secret. Events: POST of JSON, signed so in `x-twitter-webhooks-signature`, to be answered
  with 200 within 10 s. Events may come twice; their order is not promised.
- An event is `{"data": {"event_uuid", "filter", "event_type", "tag"?, "payload", "includes"?}}`.
  `post.mention.create`: the payload is a post, the includes hold its author, ourselves and the post again.
  `dm.received`: the payload is of the older kind, `{"direct_message_events": [{"type": "message_create", "id",
  "created_timestamp", "message_create": {"target", "sender_id", "message_data"}}], "users": {id: {"data": user}}}`,
  not an event of `GET /2/dm_events`. Groups' messages are not delivered.
- Prices: see `prices`.

Seen in public reports of others: the words of the 403s for the same text twice and for a reply to who has not
mentioned us; the body of `UsageCapExceeded` with 429.

Assumed: media within `dm.received` are as in the older API's message_create object; a spend cap answers 403 with the
title `UsageCapExceeded`; failed events are tried again three times with doubled pauses; expanding an id shows the
field that holds it; a summoned reply with a URL costs what a post with a URL costs; a 1:1 conversation's id has the
other's id first. Names of the net without a scheme count as URLs for a list of common endings, not for all.

Left out: managing webhooks and subscriptions (they want another kind of token than ours), uploads, creating groups,
and X's own `/2/dm_conversations/media`, which OAuth 1.0a may not use.
"""

from tests.fakes.x.counting import weight
from tests.fakes.x.server import ME, SIGNED_HOST, FakeX
from tests.fakes.x.shapes import Call, Delivery, Trouble, Written

__all__ = ["ME", "SIGNED_HOST", "Call", "Delivery", "FakeX", "Trouble", "Written", "weight"]

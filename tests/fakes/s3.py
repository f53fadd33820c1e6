"""A store that speaks S3: objects by path, signatures checked to the last byte, uploads in parts, and ways to fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from aiohttp import web

_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/s3/aws4_request, "
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_PART: Final = re.compile(r"<Part><ETag>(?P<tag>[^<]+)</ETag><PartNumber>(?P<number>\d+)</PartNumber></Part>")
_LARGEST_BODY: Final = 64 * 1024 * 1024
_SMALLEST_PART: Final = 5 * 1024 * 1024


@dataclass
class FakeS3:
    """One bucket. `objects` by key; `wrong` is what a real one would have refused."""

    key: str
    secret: str
    bucket: str = "files"
    region: str = "eu-central-1"
    objects: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    down: bool = False
    cut: bool = False
    """Hangs up within what it gives."""
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port of loopback; yields the address."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{bucket}/{key:.+}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()

    @property
    def unfinished(self) -> int:
        """How many uploads in parts were begun and neither ended nor given up."""
        return len(self._parts)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.down:
            return _error(503, "SlowDown")
        if (fault := self._fault(request, body)) is not None:
            self.wrong.append(fault)
            return _error(403, "SignatureDoesNotMatch")
        key = request.match_info["key"]
        match request.method, *sorted(request.query):
            case ["PUT"]:
                return self._put(key, body)
            case ["GET" | "HEAD"]:
                return await self._give(request, key)
            case ["POST", "uploads"]:
                return self._begin()
            case ["PUT", "partNumber", "uploadId"]:
                return self._part(request.query, body)
            case ["POST", "uploadId"]:
                return self._end(key, request.query["uploadId"], body.decode())
            case ["DELETE", "uploadId"]:
                self._parts.pop(request.query["uploadId"], None)
                return web.Response(status=204)
        self.wrong.append(f"{request.method} {request.path_qs}")
        return _error(400, "InvalidRequest")

    def _put(self, key: str, body: bytes) -> web.Response:
        self.objects[key] = body
        return web.Response(headers={"ETag": _tag(body)})

    async def _give(self, request: web.Request, key: str) -> web.StreamResponse:
        body = self.objects.get(key)
        if body is None:
            return _error(404, "NoSuchKey")
        response = web.StreamResponse(
            headers={"ETag": _tag(body), "Last-Modified": "Mon, 23 Nov 2026 12:00:00 GMT", "Accept-Ranges": "bytes"}
        )
        response.content_length = len(body)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        if self.cut:
            # From now on there is nothing more to get.
            self.down = True
            await response.write(body[: len(body) // 2])
            # What was written goes out before the connection ends.
            await asyncio.sleep(0.1)
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(body)
        return response

    def _begin(self) -> web.Response:
        name = f"upload-{len(self._parts) + 1}"
        self._parts[name] = {}
        return _xml("InitiateMultipartUploadResult", f"<Bucket>{self.bucket}</Bucket><UploadId>{name}</UploadId>")

    def _part(self, query: Mapping[str, str], body: bytes) -> web.Response:
        if query["uploadId"] not in self._parts:
            return _error(404, "NoSuchUpload")
        self._parts[query["uploadId"]][int(query["partNumber"])] = body
        return web.Response(headers={"ETag": _tag(body)})

    def _end(self, key: str, name: str, wanted: str) -> web.Response:
        parts = self._parts.get(name)
        if parts is None:
            return _error(404, "NoSuchUpload")
        named = [(int(one["number"]), one["tag"].replace("&quot;", '"')) for one in _PART.finditer(wanted)]
        if named != [(number, _tag(parts[number])) for number in sorted(parts)]:
            self.wrong.append(f"parts: {wanted}")
            return _error(400, "InvalidPart")
        whole = [parts[number] for number in sorted(parts)]
        if any(len(part) < _SMALLEST_PART for part in whole[:-1]):
            return _error(400, "EntityTooSmall")
        del self._parts[name]
        self.objects[key] = b"".join(whole)
        return _xml("CompleteMultipartUploadResult", f"<Bucket>{self.bucket}</Bucket><ETag>{_tag(whole[-1])}</ETag>")

    def _fault(self, request: web.Request, body: bytes) -> str | None:
        """Why a request is not signed as it must be (AWS Signature Version 4); None when it is."""
        found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
        if found is None:
            return "no signature of version 4"
        at, digest = request.headers.get("x-amz-date", ""), request.headers.get("x-amz-content-sha256", "")
        if (found["key"], found["region"], found["day"]) != (self.key, self.region, at[:8]):
            return f"signed for {found['key']}, {found['region']}, {found['day']}"
        if request.match_info["bucket"] != self.bucket:
            return f"bucket {request.match_info['bucket']}"
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(found["headers"].split(";")):
            return f"signed headers {found['headers']}"
        if digest != hashlib.sha256(body).hexdigest():
            return "the body is not what was signed"
        right = self._signature(found["day"], at, _canonical(request, found["headers"], digest))
        return None if hmac.compare_digest(right, found["signature"]) else "a wrong signature"

    def _signature(self, day: str, at: str, asked: str) -> str:
        scope = (day, self.region, "s3", "aws4_request")
        text = f"AWS4-HMAC-SHA256\n{at}\n{'/'.join(scope)}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(request: web.Request, signed: str, digest: str) -> str:
    pairs = sorted(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.query.items())
    headers = [f"{name}:{request.headers[name].strip()}" for name in signed.split(";")]
    path = request.raw_path.partition("?")[0]
    return "\n".join([request.method, path, "&".join(pairs), *headers, "", signed, digest])


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _xml(name: str, inner: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0"?><{name}>{inner}</{name}>', content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code></Error>'
    return web.Response(status=status, text=text, content_type="application/xml")

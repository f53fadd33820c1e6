"""What a file is, by its bytes: neither its name nor what its sender declares is believed. Pure.

The first bytes are those that the formats' own specifications fix: PNG (W3C), JPEG (ITU T.81), GIF89a, RIFF/WebP,
ISO 14496-12 (brands of mp4, QuickTime and HEIF), EBML (WebM), PDF (ISO 32000).
"""

from __future__ import annotations

import unicodedata
from typing import Final

NEEDED: Final = 4096
"""How many of the first bytes are looked at."""

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"qt  ": "video/quicktime",
}
_ENDINGS: Final = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "log", "csv"),
}
_ENCODINGS: Final = ("utf-8", "gb18030", "shift_jis", "euc-kr")
_LONGEST_NAME: Final = 120
_MARKUP: Final = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<head", b"<body", b"<iframe")


def media_type(start: bytes) -> str | None:
    """The type of a file by its first bytes; None for everything that we do not know well."""
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "video/mp4")
    return "text/plain" if _is_text(start) else None


def clean_name(name: str, kind: str) -> str:
    """A name that is safe to show and to save: no path, no hidden signs, an ending that fits the type."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Control and format signs: among them those that turn the direction and make "exe.txt" read "txt.exe".
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*').strip(" .")
    stem, dot, ending = shown.rpartition(".")
    endings = _ENDINGS.get(kind, ("bin",))
    if not dot or ending.casefold() not in endings:
        stem, ending = shown, endings[0]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1] or 'file'}.{ending}"


def _is_text(start: bytes) -> bool:
    """Whether this is a text in an encoding of our customers, and nothing that a browser would run."""
    if not start or start.startswith((b"PK", b"MZ", b"\x7fELF", b"#!")):
        return False
    if any(mark in start.lower() for mark in _MARKUP):
        return False
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _printable(start, "utf-16")
    return any(_printable(start, encoding) for encoding in _ENCODINGS)


def _printable(start: bytes, encoding: str) -> bool:
    # The last character may be cut in two.
    for cut in range(4):
        try:
            text = start[: len(start) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return all(unicodedata.category(sign) != "Cc" or sign in "\t\r\n\f" for sign in text)
    return False

"""What a file is, by its bytes: neither its name nor what its sender declares is believed. Pure.

The first bytes are those that the formats' own specifications fix: PNG (W3C), JPEG (ITU T.81), GIF87a and GIF89a,
RIFF/WebP (RFC 9649), the brands of ISO 14496-12 that the registry mp4ra.org names for MP4, QuickTime and HEIF
(ISO 23008-12), EBML with its DocType (RFC 8794, WebM), PDF (ISO 32000). What has none of them is text or refused.

A file may be two things at once, a picture with a script behind it: that is harmless where it is served as what its
first bytes say, to be saved and not opened, and browsers are told not to guess (`serve.py`).
"""

from __future__ import annotations

import codecs
import re
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
)
_EBML: Final = b"\x1a\x45\xdf\xa3"
# The DocType element and its length; Matroska says another word.
_WEBM: Final = b"\x42\x82\x84webm"
_EBML_HEAD: Final = 64
_HEIC: Final = frozenset(b"heic heix heim heis hevc hevx hevm hevs".split())
_HEIF: Final = frozenset((b"mif1", b"msf1"))
_MP4: Final = frozenset(
    (*b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 mmp4 avc1 dash MSNV".split(), b"M4V ", b"M4VH")
)
_ENDINGS: Final = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/heif": ("heif", "heic"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "log", "csv"),
}
KNOWN: Final = frozenset(_ENDINGS)
"""The types that can be told from each other here."""
_LONGEST_NAME: Final = 120
_ENCODINGS: Final = ("utf-8-sig", "gb18030", "shift_jis", "euc-kr")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
# What begins so is for a browser, a shell, a printer or an office program, whatever else it is.
_ACTIVE: Final = re.compile(r"\s*(<[a-z!?/%]|#!|@echo|\{\\rtf|%!|mime-version:)", re.IGNORECASE)


def media_type(start: bytes) -> str | None:
    """The type of a file by its first bytes; None for everything that we do not know well."""
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp":
        return _boxed(start)
    if start.startswith(_EBML):
        return "video/webm" if _WEBM in start[:_EBML_HEAD] else None
    return "text/plain" if _is_text(start) else None


def clean_name(name: str) -> str:
    """A name that is safe to show: no path, no hidden signs."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Control and format signs: among them those that turn the direction and make "exe.txt" read "txt.exe".
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    stem, dot, ending = shown.strip(" .").rpartition(".")
    return _joined(stem, ending) if dot else ending[:_LONGEST_NAME] or "file"


def fitting_name(name: str, kind: str) -> str:
    """A name that is safe to save as well: its ending says what the file is."""
    shown, endings = clean_name(name), _ENDINGS[kind]
    stem, dot, ending = shown.rpartition(".")
    return _joined(stem, ending) if dot and ending.casefold() in endings else _joined(shown, endings[0])


def _joined(stem: str, ending: str) -> str:
    ending = ending[: _LONGEST_NAME // 2]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1] or 'file'}.{ending}"


def _boxed(start: bytes) -> str | None:
    """MP4, QuickTime and HEIF: a first box that names the brands which can read the file."""
    brand, others = start[8:12], start[16 : min(int.from_bytes(start[:4], "big"), len(start))]
    brands = {others[place : place + 4] for place in range(0, len(others), 4)}
    if brand == b"qt  ":
        return "video/quicktime"
    if brand in _MP4:
        return "video/mp4"
    if brand in _HEIC or (brand in _HEIF and brands & _HEIC):
        return "image/heic"
    # AVIF is built alike.
    return "image/heif" if brand in _HEIF and not any(one.startswith(b"avi") for one in brands) else None


def _is_text(start: bytes) -> bool:
    """Whether this is a text in an encoding of our customers, and nothing that another program would run."""
    encodings = ("utf-16",) if start.startswith((b"\xff\xfe", b"\xfe\xff")) else _ENCODINGS
    for encoding in encodings:
        try:
            # The last character of those that were looked at may be cut in two.
            text = codecs.getincrementaldecoder(encoding)().decode(start, final=len(start) < NEEDED)
        except UnicodeDecodeError:
            continue
        return bool(text) and not _CONTROL.search(text) and not _ACTIVE.match(text)
    return False

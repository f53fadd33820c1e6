"""What a file is, is read from its bytes; what its name may be, from that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.attachments.sniff import KNOWN, NEEDED, clean_name, fitting_name, media_type
from tests.fixtures import files


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (files.png(), "image/png"),
        (files.JPEG, "image/jpeg"),
        (files.GIF, "image/gif"),
        (files.GIF.replace(b"89a", b"87a"), "image/gif"),
        (files.WEBP, "image/webp"),
        (files.boxed(b"heic", b"mif1", b"heic"), "image/heic"),
        (files.boxed(b"mif1", b"mif1", b"heic"), "image/heic"),
        (files.boxed(b"mif1", b"mif1", b"miaf"), "image/heif"),
        (files.boxed(b"isom", b"isom", b"avc1"), "video/mp4"),
        (files.boxed(b"mp42"), "video/mp4"),
        (files.boxed(b"M4V ", b"M4V "), "video/mp4"),
        (files.boxed(b"qt  ", b"qt  "), "video/quicktime"),
        (files.WEBM, "video/webm"),
        (files.PDF, "application/pdf"),
        (b"plain words", "text/plain"),
        ("Überweisung über 5 €".encode(), "text/plain"),
        ("\ufeff日本語".encode(), "text/plain"),
        ("提现一直没有到账，请帮忙查一下".encode("gb18030"), "text/plain"),
        ("出金が届きません。確認してください".encode("shift_jis"), "text/plain"),
        ("출금이 아직 도착하지 않았습니다".encode("euc-kr"), "text/plain"),
        ("Ticket 5\r\n出金".encode("utf-16"), "text/plain"),
        (b"\xfe\xff" + "big end first".encode("utf-16-be"), "text/plain"),
        (b"time,coin,amount\r\n1,BTC,0.5\r\n", "text/plain"),
        (b"<34>Oct 11 22:14:15 app: 502 <html><body>Bad gateway", "text/plain"),
        (b"1 < 2", "text/plain"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(start: bytes, kind: str) -> None:
    assert media_type(start) == kind


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"<!DOCTYPE html><p>",
        b"\n\t <hTmL>",
        b"<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
        "<html onclick=x()>".encode("utf-16"),
        b"<html>%PDF-1.7",
        b"<!-- -->",
        b"#!/bin/sh\nrm -rf /",
        b"@echo off\r\n",
        b"{\\rtf1\\ansi}",
        b"%!PS-Adobe-3.0",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related",
        b"MZ\x90\0\x03\0\0\0",
        b"\x7fELF\x02\x01\x01\0",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        files.ZIP,
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"Rar!\x1a\x07\x01\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
        b"II*\0\x08\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt ",
        files.MATROSKA,
        files.boxed(b"avif", b"avif", b"mif1"),
        files.boxed(b"mif1", b"avif", b"mif1"),
        files.boxed(b"M4A ", b"M4A "),
        b"words with a \x00 in them",
        b"\x1b[31mred",
        b"\xff\xff\xff\xff",
    ],
)
def test_what_could_do_harm_or_is_not_known_is_no_file_for_us(start: bytes) -> None:
    assert media_type(start) is None


def test_a_picture_with_a_script_behind_it_is_a_picture() -> None:
    assert media_type(b"GIF89a/*" + b"\0" * 20 + b"*/=1;<script>alert(1)</script>") == "image/gif"


def test_a_character_that_is_cut_by_the_end_of_what_is_looked_at_does_no_harm() -> None:
    for before in ("", "x", "xx"):
        assert media_type((before + "출" * NEEDED).encode()[:NEEDED]) == "text/plain"


@given(st.binary(max_size=200))
def test_whatever_comes_is_one_of_the_known_types_or_none(start: bytes) -> None:
    assert media_type(start) in {None, *KNOWN}


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("photo.PNG", "image/png", "photo.PNG"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.exe", "image/png", "photo.exe.png"),
        ("trades.csv", "text/plain", "trades.csv"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("README", "text/plain", "README.txt"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\me\\a.pdf", "application/pdf", "a.pdf"),
        ("invoice\u202egnp.exe", "image/png", "invoicegnp.exe.png"),
        ("a\x00b\r\n.txt", "text/plain", "ab.txt"),
        ('a"b<c>.txt', "text/plain", "abc.txt"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("...", "image/gif", "file.gif"),
        ("", "image/gif", "file.gif"),
        (".png", "image/png", "png.png"),
        ("截图 2026-11-23.png", "image/png", "截图 2026-11-23.png"),
        ("cafe\u0301.png", "image/png", "café.png"),
    ],
)
def test_a_name_fits_the_bytes(name: str, kind: str, shown: str) -> None:
    assert fitting_name(name, kind) == shown


def test_the_name_of_a_file_that_was_not_kept_stays_what_it_was() -> None:
    assert clean_name("..\\setup.exe") == "setup.exe"
    assert clean_name("\u202e") == "file"
    assert len(clean_name("x" * 500)) == 120
    assert clean_name("x" * 500 + ".exe") == "x" * 116 + ".exe"
    assert len(clean_name("x." + "y" * 500)) <= 120


@given(st.text(max_size=300), st.sampled_from(sorted(KNOWN)))
def test_any_name_becomes_one_that_is_safe(name: str, kind: str) -> None:
    shown = fitting_name(name, kind)
    assert 0 < len(shown) <= 120
    assert not set(shown) & set('/\\<>:"|?*\0\r\n\u202e')
    assert fitting_name(shown, kind) == shown

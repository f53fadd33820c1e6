"""Secrets never rest; what only looks like one is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.redaction import redact

# Put together here so that no scanner takes the test for a leak.
_PEM = "-----BEGIN " + "PRIVATE KEY-----\nMIIabc\n-----END " + "PRIVATE KEY-----"
_XPRV = (
    "xprv"
    + "9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("charged on 4111 1111 1111 1111 twice", "4111 1111"),
        ("5500-0000-0000-0004 declined", "5500"),
        ("卡号4111111111111111付款失败", "4111"),
        (f"here: {_PEM} ok?", "MIIabc"),
        (_XPRV, _XPRV[:20]),
        ("private key: " + "ab" * 32, "abab"),
        ("my password is hunter22", "hunter22"),
        ("my password is: Abc123$$ please", "Abc123"),
        ("pwd=Secret99", "Secret99"),
        ("密码是abc12345 帮我登录", "abc12345"),
        ("密码：abc12345", "abc12345"),
        ("パスワードはabcd1234です", "abcd1234"),
        ("비밀번호는 qwer1234!", "qwer1234"),
        ("api secret: kJ8sd9fKsd93jfk", "kJ8sd9"),
        ("the verification code is 482913", "482913"),
        ("2FA code 993 321 does not work", "993 321"),
        ("验证码 123456 提示错误", "123456"),
        ("認証コードは 123456", "123456"),
        ("인증번호 123456", "123456"),
    ],
)
def test_a_secret_is_removed(text: str, secret: str) -> None:
    cleaned = redact(text)
    assert secret not in cleaned and "removed]" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "my password is wrong",
        "password is not working",
        "密码错误怎么办",
        "密码是错的",
        "error code 4001 when I log in",
        "UID 12345678",
        "order 2026112212345678901",
        "I sent 123456 USDT",
        "tx 0x" + "ab" * 32,
        "T" + "R7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "the code never arrives",
        "验证码收不到",
        "1000 usdt to 0x52908400098527886E0F7030069857D2E4169EE7",
        "referral code 884422",
    ],
)
def test_what_is_no_secret_is_kept(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=300))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once

"""The repository's own articles and examples: they load, train, and answer plain questions."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bridge.types import Certainty, Utterance
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.examples import known_intents, read_examples
from nlu.faq import Faq, read_articles

DATA = Path(__file__).parents[3] / "data"
QUESTIONS = {
    "en": [
        ("How do I create an account?", "faq/register"),
        ("I forgot my login password, how can I reset it?", "faq/forgot_password"),
        ("I am not receiving the SMS verification code", "faq/verification_code"),
        ("Where can I find my UID?", "faq/find_uid"),
        ("Which documents do I need for identity verification?", "faq/kyc_start"),
        ("I lost my phone with Google Authenticator", "faq/lost_2fa"),
        ("Someone hacked my account and stole my coins", "faq/account_hacked"),
        ("My deposit is confirmed on the blockchain but not credited", "faq/deposit_not_arrived"),
        ("My withdrawal has been pending for three hours", "faq/withdraw_pending"),
        ("I forgot to enter the memo when depositing XRP", "faq/deposit_missing_memo"),
        ("How can I change my leverage?", "faq/leverage"),
        ("Why was my position liquidated?", "faq/liquidation"),
        ("How do I create an API key?", "faq/api_key"),
        ("I want to talk to a human agent", "human"),
        ("Hello", "greet"),
    ],
    "zh": [
        ("怎么注册账户？", "faq/register"),
        ("忘记登录密码了怎么重置", "faq/forgot_password"),
        ("收不到短信验证码", "faq/verification_code"),
        ("我的UID在哪里看", "faq/find_uid"),
        ("实名认证需要什么证件", "faq/kyc_start"),
        ("换手机了，谷歌验证器丢了", "faq/lost_2fa"),
        ("我的账户被盗了，币被转走了", "faq/account_hacked"),
        ("充值链上已确认但是没到账", "faq/deposit_not_arrived"),
        ("提现一直在处理中三个小时了", "faq/withdraw_pending"),
        ("充值XRP忘记填memo了", "faq/deposit_missing_memo"),
        ("怎么调整杠杆倍数", "faq/leverage"),
        ("我的仓位为什么被强平了", "faq/liquidation"),
        ("怎么创建API key", "faq/api_key"),
        ("转人工客服", "human"),
        ("你好", "greet"),
    ],
}


@pytest.fixture(scope="module")
def engine(real_model: Path, encoder: SentenceEncoder) -> EmbeddedEngine:
    """The engine with the model of the repository's own data."""
    return EmbeddedEngine(real_model / "models", encoder)


def test_the_content_has_no_faults() -> None:
    placeholders = tomllib.loads((DATA / "config" / "exchange.toml").read_text(encoding="utf-8"))["placeholders"]
    values = {key: str(value) for key, value in placeholders.items()}
    assert read_articles(DATA, values, "")[1] == []
    assert read_examples(DATA)[1] == []
    assert len(Faq.load(DATA, values, "").opening("en")) == 4


def test_every_intent_has_examples_in_both_languages() -> None:
    examples, _ = read_examples(DATA)
    for language in ("en", "zh"):
        assert {example.intent for example in examples if example.language == language} == known_intents(DATA)


@pytest.mark.parametrize("language", QUESTIONS)
async def test_plain_questions_find_their_article(engine: EmbeddedEngine, language: str) -> None:
    asked = QUESTIONS[language]
    found = await engine.interpret([Utterance(text=text, language=language) for text, _ in asked])
    wrong = [
        (text, interpretation.ranking[0])
        for (text, intent), interpretation in zip(asked, found, strict=True)
        if interpretation.ranking[0].intent != intent
    ]
    assert wrong == []
    assert {interpretation.language for interpretation in found} == {language}


@pytest.mark.parametrize("language", QUESTIONS)
async def test_plain_questions_are_mostly_answered_at_once(engine: EmbeddedEngine, language: str) -> None:
    asked = [Utterance(text=text, language=language) for text, _ in QUESTIONS[language]]
    sure = [found.certainty is Certainty.SURE for found in await engine.interpret(asked)]
    assert sum(sure) >= len(sure) - 3


async def test_what_is_none_of_our_business_is_not_answered(engine: EmbeddedEngine) -> None:
    texts = ["What will the weather be like tomorrow?", "Write me a poem about the sea", "今天晚上吃什么好"]
    found = await engine.interpret([Utterance(text=text, language="en") for text in texts])
    assert {interpretation.certainty for interpretation in found} == {Certainty.UNKNOWN}

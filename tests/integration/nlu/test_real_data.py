"""The repository's own articles and examples: they load, train, and answer plain questions."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.types import Certainty, Utterance
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.examples import known_intents, read_examples
from nlu.faq import Faq, read_articles
from nlu.judging.evaluate import judge
from nlu.judging.testset import load_testset

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
    "ja": [
        ("アカウントの登録方法を教えてください", "faq/register"),
        ("ログインパスワードを忘れました。再設定できますか", "faq/forgot_password"),
        ("SMSの認証コードが届きません", "faq/verification_code"),
        ("UIDはどこで確認できますか", "faq/find_uid"),
        ("本人確認に必要な書類は何ですか", "faq/kyc_start"),
        ("機種変更して認証アプリが使えなくなりました", "faq/lost_2fa"),
        ("アカウントが乗っ取られてコインを盗まれました", "faq/account_hacked"),
        ("ブロックチェーンでは承認済みなのに入金が反映されません", "faq/deposit_not_arrived"),
        ("出金が3時間も処理中のままです", "faq/withdraw_pending"),
        ("XRPの入金でタグを入れ忘れました", "faq/deposit_missing_memo"),
        ("レバレッジはどうやって変更しますか", "faq/leverage"),
        ("なぜポジションがロスカットされたのですか", "faq/liquidation"),
        ("APIキーの作り方を教えてください", "faq/api_key"),
        ("担当者につないでください", "human"),
        ("こんにちは", "greet"),
    ],
    "ko": [
        ("회원가입은 어떻게 하나요?", "faq/register"),
        ("로그인 비밀번호를 잊어버렸어요. 재설정할 수 있나요?", "faq/forgot_password"),
        ("SMS 인증 코드가 오지 않아요", "faq/verification_code"),
        ("제 UID는 어디서 확인하나요?", "faq/find_uid"),
        ("신원 인증에 필요한 서류가 뭔가요?", "faq/kyc_start"),
        ("휴대폰을 바꿨더니 구글 인증 앱이 없어졌어요", "faq/lost_2fa"),
        ("계정이 해킹당해서 코인이 전부 빠져나갔어요", "faq/account_hacked"),
        ("블록체인에서는 컨펌이 끝났는데 입금이 안 들어왔어요", "faq/deposit_not_arrived"),
        ("출금이 세 시간째 처리 중이에요", "faq/withdraw_pending"),
        ("리플 입금할 때 메모를 안 적었어요", "faq/deposit_missing_memo"),
        ("레버리지는 어떻게 바꾸나요?", "faq/leverage"),
        ("제 포지션이 왜 청산됐나요?", "faq/liquidation"),
        ("API 키는 어떻게 만들어요?", "faq/api_key"),
        ("상담원 연결해 주세요", "human"),
        ("안녕하세요", "greet"),
    ],
}
LANGUAGES = ("en", "zh", "ja", "ko")


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


def least(intent: str, security: frozenset[str]) -> int:
    """How many examples an intent needs in each language."""
    if intent == "out_of_scope":
        return 150
    if intent in security or intent == "human":
        return 40
    return 25 if intent.startswith("faq/") else 30


def test_every_intent_has_an_article_examples_and_test_sentences_in_all_four_languages() -> None:
    policy = tomllib.loads((DATA / "config" / "policy.toml").read_text(encoding="utf-8"))
    security, known = frozenset(policy["intents"]["security"]), known_intents(DATA)
    articles = {(file.parent.name, f"faq/{file.stem.replace('-', '_')}") for file in (DATA / "faq").glob("*/*.md")}
    written: Counter[tuple[str, str]] = Counter(
        (example.language, example.intent) for example in read_examples(DATA)[0]
    )
    tested: Counter[tuple[str, str]] = Counter((case.language, case.intent) for case in load_testset(DATA))
    for language in LANGUAGES:
        assert {intent for intent in known if intent.startswith("faq/")} == {
            i for one, i in articles if one == language
        }
        assert [i for i in known if written[language, i] < least(i, security)] == []
        assert [i for i in known if tested[language, i] < (120 if i == "out_of_scope" else 5)] == []


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


async def test_korean_without_spaces_is_understood_nearly_as_well(engine: EmbeddedEngine) -> None:
    cases = [case for case in load_testset(DATA, ["ko"]) if case.intent != "out_of_scope"]
    judged = await judge(engine, [replace(case, text=case.text.replace(" ", "")) for case in cases])
    # With the spaces it is 96 %; with none put back, 88.
    assert sum(one.right for one in judged) / len(judged) >= 0.93


@pytest.mark.parametrize("language", QUESTIONS)
async def test_plain_questions_are_mostly_answered_at_once(engine: EmbeddedEngine, language: str) -> None:
    asked = [Utterance(text=text, language=language) for text, _ in QUESTIONS[language]]
    sure = [found.certainty is Certainty.SURE for found in await engine.interpret(asked)]
    assert sum(sure) >= len(sure) - 3


async def test_what_is_none_of_our_business_is_not_answered(engine: EmbeddedEngine) -> None:
    texts = ["What will the weather be like tomorrow?", "Write me a poem about the sea", "今天晚上吃什么好"]
    found = await engine.interpret([Utterance(text=text, language="en") for text in texts])
    assert {interpretation.certainty for interpretation in found} == {Certainty.UNKNOWN}

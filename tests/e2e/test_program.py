"""The whole program as its users meet it: a customer in the widget, an agent at the desk, an operator's kill."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import CookieJar
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.browsers import chromium, show
from tests.e2e.conftest import Start
from tests.e2e.program import ADMIN_PASSWORD, Program

DOUBTFUL: Final = (
    "cancel",
    "limit",
    "fees?",
    "i forgot my login password",
    "my money",
    "it does not work",
    "verification",
    "stuck",
    "change",
    "account",
    "network",
    "password",
    "address",
)
SURE: Final = "my withdrawal has been pending for 5 hours"
SURE_ZH: Final = "我的u充值了没到账"

expect.set_options(timeout=15_000)


class Agent:
    """An agent's way to the desk: the console's own addresses."""

    def __init__(self, url: str) -> None:
        self._origin = url
        self._url = f"{url}/console/api/"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = ""
        me = self.ask("login", {"name": "admin", "password": ADMIN_PASSWORD})
        self._csrf = str(me["csrf"])

    def ask(self, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, object]:
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self._csrf, "Origin": self._origin}
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(urllib.request.Request(self._url + path, data, headers), timeout=20) as response:
            found: Mapping[str, object] = json.load(response)
        return found

    def waiting(self) -> list[int]:
        tickets = self.ask("tickets?view=waiting")["tickets"]
        assert isinstance(tickets, list)
        return [int(ticket["number"]) for ticket in tickets]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


async def open_chat(browser: Browser, program: Program, complaints: list[str], locale: str = "en-US") -> Page:
    page = await show(browser, program.url, complaints, locale=locale)
    await page.locator(".launcher").click()
    return page


async def say(page: Page, text: str) -> None:
    await page.locator(".composer textarea").fill(text)
    await page.locator(".composer textarea").press("Enter")


def rows(page: Page, who: str) -> Locator:
    return page.locator(f'.row[data-from="{who}"]')


def doubtful(program: Program) -> str:
    """A text that today's model asks back about."""
    for text in DOUBTFUL:
        request = urllib.request.Request(
            f"{program.url}/model/parse", json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            parsed = json.load(response)
        if parsed["decision"] == "clarify" and parsed["intent"]["name"].startswith("faq/"):
            return text
    raise AssertionError("the model is sure of everything")


async def test_customers_are_answered_in_their_language_with_the_article_named(start: Start, browser: Browser) -> None:
    program, complaints = start(), list[str]()
    page = await open_chat(browser, program, complaints)
    await say(page, SURE)
    await expect(rows(page, "bot").last).to_contain_text("Under review")
    article = rows(page, "bot").last.locator(".source a")
    assert "/help/en/withdraw-pending" in str(await article.get_attribute("href"))
    chinese = await open_chat(browser, program, complaints, "zh-CN")
    await say(chinese, SURE_ZH)
    await expect(rows(chinese, "bot").last).to_contain_text("充值")
    help_page = await show(browser, f"{program.url}/help/zh/deposit-not-arrived", complaints)
    await expect(help_page.locator("h1")).not_to_be_empty()
    assert complaints == []


async def test_doubt_asks_by_button_and_the_button_answers(start: Start, browser: Browser) -> None:
    program, complaints = start(), list[str]()
    page = await open_chat(browser, program, complaints)
    await say(page, doubtful(program))
    choices = rows(page, "bot").last.get_by_role("button")
    await expect(choices.first).to_be_visible()
    await choices.first.click()
    await expect(rows(page, "bot").last.locator(".source")).to_be_visible()
    assert complaints == []


async def test_a_person_takes_over_answers_and_a_reload_loses_nothing(start: Start, browser: Browser) -> None:
    program, complaints = start(), list[str]()
    page = await open_chat(browser, program, complaints)
    await say(page, "I want to talk to a human please")
    await expect(page.get_by_text("Your ticket is #1").first).to_be_visible()
    agent = Agent(program.url)
    (number,) = agent.waiting()
    agent.ask(f"tickets/{number}/take", {})
    await expect(page.get_by_text("Admin has joined").first).to_be_visible()
    await say(page, SURE)
    agent.ask(f"tickets/{number}/note", {"id": "n1", "text": "a private thought"})
    agent.ask(f"tickets/{number}/reply", {"id": "r1", "text": "I am looking into it <b>now</b>"})
    await expect(rows(page, "agent").last).to_contain_text("I am looking into it <b>now</b>")
    # All but the welcome, which is no part of the conversation.
    before = (await page.locator(".row").all_inner_texts())[1:]
    assert not any("Under review" in text or "private thought" in text for text in before)
    await page.reload()
    await page.locator(".launcher").click()
    await expect(rows(page, "agent").last).to_contain_text("I am looking into it")
    assert len(await page.locator(".row").all_inner_texts()) == len(before)
    agent.ask(f"tickets/{number}/resolve", {})
    await expect(page.get_by_text("marked as solved").first).to_be_visible()
    await say(page, SURE)
    await expect(rows(page, "bot").last).to_contain_text("Under review")
    assert complaints == []


async def test_customer_and_agent_talk_each_on_his_own_screen(start: Start, browser: Browser) -> None:
    program, complaints = start(), list[str]()
    customer = await open_chat(browser, program, complaints)
    agent = await show(browser, f"{program.url}/console/", complaints)
    await agent.get_by_label("Name").fill("admin")
    await agent.get_by_label("Password", exact=True).fill(ADMIN_PASSWORD)
    await agent.get_by_role("button", name="Sign in").click()
    await expect(agent.get_by_role("tab", name="Waiting")).to_be_visible()
    await say(customer, "I want to talk to a human please")
    await expect(agent.locator("#row-1")).to_be_visible()
    await agent.keyboard.press("j")
    await agent.keyboard.press("t")
    await expect(customer.get_by_text("Admin has joined").first).to_be_visible()
    await say(customer, "My UID is 12345678 <img src=x onerror=alert(1)>")
    await expect(agent.get_by_role("main").get_by_text("My UID is 12345678 <img src=x")).to_be_visible()
    await agent.keyboard.press("r")
    await agent.keyboard.type("Thank you, one moment")
    await agent.keyboard.press("Control+Enter")
    # The reply leaves when the time for undoing it is over.
    await expect(rows(customer, "agent").last).to_contain_text("Thank you, one moment", timeout=30_000)
    # A first visit without a session is refused, which the browser calls an error.
    assert [said for said in complaints if "401" not in said] == []


async def test_a_kill_of_everything_loses_nothing_and_the_widget_comes_back(start: Start, browser: Browser) -> None:
    program, complaints = start(), list[str]()
    page = await open_chat(browser, program, complaints)
    await say(page, SURE)
    await expect(rows(page, "bot").last).to_contain_text("Under review")
    program.kill()
    await say(page, "我的u充值了没到账")
    program.again()
    program.ready()
    await expect(rows(page, "bot").last).to_contain_text("充值", timeout=30_000)
    assert len(await rows(page, "user").all()) == 2
    assert [said for said in complaints if "WebSocket connection" not in said and "ERR_CONNECTION" not in said] == []


async def test_it_stops_cleanly_and_its_doctor_finds_it_well(start: Start, browser: Browser) -> None:
    program = start()
    page = await open_chat(browser, program, [])
    await say(page, SURE)
    await expect(rows(page, "bot").last).to_contain_text("Under review")
    well = program.command("doctor")
    assert well.returncode == 0, well.stdout + well.stderr
    balanced = program.command("doctor", "--ledger")
    assert balanced.returncode == 0 and "web" in balanced.stdout, balanced.stdout + balanced.stderr
    assert program.stop() == 0
    assert SURE not in program.log.read_text(), "a log never holds a customer's words"


def test_a_faulty_setting_is_named_with_what_to_do(start: Start) -> None:
    program = start()
    program.environment["SWITCHBOARD_PROT"] = "8081"
    wrong = program.command("parse", "hello")
    assert wrong.returncode == 2 and "Did you mean SWITCHBOARD_PORT?" in wrong.stderr


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_it_says_how_it_is(start: Start, path: str) -> None:
    assert start().get(path)

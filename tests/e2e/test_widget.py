"""The chat widget in a real browser, against a strict fake of the chat server."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, cast

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.fakes.chat import WIDGET, Answer, FakeChat, page, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRICT: Final = {"Content-Security-Policy": "default-src 'self'"}
QUIET: Final = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK: Final = (1280, 720)
PHONE: Final = (390, 844)
LOST: Final = "WebSocket connection to"
"""How the browser itself complains of a server that is away; no fault of the widget."""
STEPS: Final = Answer(
    text="Open **Assets → Deposit**.\n\n1. Pick the coin.\n2. Copy the `address`, see [networks](https://e.com/n).",
    choices=[("1-1", "That helped"), ("1-2", "Not really")],
    article={"slug": "deposit-how", "version": 2, "url": "/help/en/deposit-how", "reviewed": "2026-11-02"},
)


@dataclass(kw_only=True)
class Site:
    """Pages that carry the widget, and what their browsers complained of."""

    chat: FakeChat
    origin: str
    browser: Browser
    stack: AsyncExitStack
    complaints: list[str] = field(default_factory=list)

    async def open(
        self,
        url: str = "/",
        *,
        size: tuple[int, int] = DESK,
        context: BrowserContext | None = None,
        **options: object,
    ) -> Page:
        """Show a page; everything its console says is kept."""
        if context is None:
            viewport = {"width": size[0], "height": size[1]}
            opened = await self.browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
            context = await self.stack.enter_async_context(opened)
        shown = await context.new_page()
        shown.set_default_timeout(5_000)
        shown.on("console", lambda message: self.complaints.append(message.text))
        shown.on("pageerror", lambda error: self.complaints.append(str(error)))
        await shown.goto(url if url.startswith("http") else self.origin + url)
        return shown


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each has contexts of its own."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def site(browser: Browser) -> AsyncIterator[Site]:
    """The widget on a page of its own origin, under the strictest policy; no test may make the console speak."""
    assert WIDGET.exists(), "The widget is not built: run `npm run build`."
    chat = FakeChat()
    chat.answers = {"How do I deposit?": STEPS}
    chat.opening = [("intent:deposit", "How do I deposit?"), ("intent:fees", "What are the fees?")]
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(serving(web.get("/", _own_page), *chat.routes()))
        site = Site(chat=chat, origin=origin, browser=browser, stack=stack)
        yield site
    assert chat.violations == []
    assert [said for said in site.complaints if LOST not in said] == []


async def _own_page(request: web.Request) -> web.Response:
    attributes = " ".join(f'data-{name}="{value}"' for name, value in request.query.items())
    return web.Response(text=page("/widget.js", attributes=attributes), content_type="text/html", headers=STRICT)


def bubble(shown: Page) -> Locator:
    return shown.locator(".launcher")


def field_of(shown: Page) -> Locator:
    return shown.locator(".composer textarea")


def rows(shown: Page, who: str) -> Locator:
    return shown.locator(f'.row[data-from="{who}"]')


async def say(shown: Page, text: str) -> None:
    await field_of(shown).fill(text)
    await field_of(shown).press("Enter")


async def until(shown: Page, true: Callable[[], bool]) -> None:
    """Wait for what the fake server saw."""
    for _ in range(500):
        if true():
            return
        await shown.wait_for_timeout(10)
    raise AssertionError("it never became true")


# Talking


async def test_a_question_is_answered_with_steps_and_the_source_of_the_answer(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "How do I deposit?")
    answer = rows(shown, "bot").last
    await expect(answer.locator("ol > li")).to_have_count(2)
    await expect(answer.locator("strong")).to_have_text("Assets → Deposit")
    await expect(answer.locator("p a, li a")).to_have_attribute("rel", "noopener noreferrer")
    source = answer.locator(".source")
    await expect(source.locator("a")).to_have_attribute("href", f"{site.origin}/help/en/deposit-how")
    await expect(source).to_contain_text("v2 · reviewed Nov 2, 2026")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")


async def test_a_choice_is_pressed_once_and_shows_that_it_was(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    choice = shown.get_by_role("button", name="How do I deposit?")
    await choice.click()
    await expect(rows(shown, "user")).to_have_text(re.compile("How do I deposit\\?"))
    await expect(choice).to_have_attribute("aria-pressed", "true")
    await choice.dispatch_event("click")
    await shown.get_by_role("button", name="That helped").click()
    await expect(rows(shown, "user")).to_have_count(2)
    assert [frame["choice"] for frame in site.chat.of("choose")] == ["intent:deposit", "1-1"]


async def test_a_customers_text_stays_text_and_an_answers_links_are_safe(site: Site) -> None:
    hostile = "<img src=x onerror=alert(1)> **b** https://evil.example \u202etxt.exe"
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, hostile)
    mine = rows(shown, "user").locator(".bubble")
    await expect(mine).to_have_text(hostile.replace("\u202e", ""))
    await expect(mine.locator("img, a, strong")).to_have_count(0)
    await site.chat.say("[x](javascript:alert(1)) <script>1</script>")
    theirs = rows(shown, "bot").last.locator(".bubble")
    await expect(theirs).to_contain_text("<script>1</script>")
    await expect(theirs.locator("a, script")).to_have_count(0)


async def test_typing_is_shown_both_ways_and_told_seldom(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    await field_of(shown).press_sequentially("I am writing a long message")
    await until(shown, lambda: len(site.chat.of("typing")) == 1)
    await site.chat.tell({"type": "typing", "from": "agent"})
    await expect(shown.locator(".typing")).to_have_attribute("data-on", "")
    await site.chat.say("Hi", speaker="agent", agent="Mei")
    await expect(shown.locator(".typing")).not_to_have_attribute("data-on", "")
    assert len(site.chat.of("typing")) == 1


async def test_the_line_is_shown_and_can_be_left(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await shown.get_by_role("button", name="Talk to a person").click()
    await until(shown, lambda: len(site.chat.of("human")) == 1)
    await site.chat.status("queued", position=3, wait_s=240, on_duty=True)
    await expect(shown.locator(".standing")).to_have_text("3rd in line · about 4 min")
    await shown.get_by_role("button", name="Leave the queue").click()
    await until(shown, lambda: len(site.chat.of("leave")) == 1)
    await site.chat.status("bot")
    await expect(shown.get_by_role("button", name="Talk to a person")).to_be_enabled()
    await site.chat.status("queued", on_duty=False)
    await expect(shown.locator(".standing")).to_have_text("Nobody is on duty · place kept")
    await site.chat.status("human", agent="Agent A")
    await expect(shown.locator(".standing")).to_have_text("Agent A")


async def test_help_by_a_person_can_be_rated_once(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "Help")
    await until(shown, lambda: site.chat.texts() == ["Help"])
    await site.chat.say("Done.", speaker="agent", agent="Mei")
    await site.chat.status("resolved")
    await shown.get_by_role("radio", name="4: Good").check()
    await shown.get_by_role("textbox", name="Anything to add?").fill("Quick")
    await shown.get_by_role("button", name="Send rating").click()
    await expect(shown.locator(".rating")).to_be_hidden()
    await until(shown, lambda: len(site.chat.of("rate")) == 1)
    assert {**site.chat.of("rate")[0], "id": ""} == {"type": "rate", "id": "", "score": 4, "comment": "Quick"}
    await shown.reload()
    await bubble(shown).click()
    await expect(rows(shown, "agent")).to_have_count(1)
    await expect(shown.locator(".rating")).to_be_hidden()


# Losing nothing


async def test_what_is_written_while_away_is_sent_in_order_once_the_server_is_back(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "zero")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    site.chat.refuse = True
    await site.chat.drop()
    await expect(shown.locator(".notice")).to_have_text("Connection lost. Reconnecting…")
    for text in ("one", "two", "three"):
        await say(shown, text)
    await expect(rows(shown, "user").last.locator(".state")).to_have_text("Waiting for connection")
    site.chat.refuse = False
    await expect(shown.locator('.row[data-progress="sent"]')).to_have_count(4, timeout=15_000)
    assert site.chat.texts() == ["zero", "one", "two", "three"]
    await expect(shown.locator(".notice")).to_have_text("")


async def test_a_browser_without_network_says_so_and_comes_back_at_once(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    await shown.context.set_offline(True)
    await expect(shown.locator(".notice")).to_contain_text("You are offline.")
    await site.chat.drop()
    await say(shown, "hello?")
    await shown.context.set_offline(False)
    await expect(shown.locator('.row[data-progress="sent"]')).to_have_count(1, timeout=2_000)
    assert site.chat.texts() == ["hello?"]


async def test_a_reload_loses_neither_what_was_unsent_nor_the_draft(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "first")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    site.chat.refuse = True
    await site.chat.drop()
    await say(shown, "second")
    await field_of(shown).fill("half a thou")
    await shown.reload()
    site.chat.refuse = False
    await bubble(shown).click()
    await expect(field_of(shown)).to_have_value("half a thou")
    await expect(shown.locator('.row[data-progress="sent"]')).to_have_count(2, timeout=15_000)
    assert site.chat.texts() == ["first", "second"]


async def test_an_act_whose_ack_was_lost_is_not_doubled(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    site.chat.mute = True
    await say(shown, "pay me")
    await until(shown, lambda: site.chat.texts() == ["pay me"])
    site.chat.mute = False
    await site.chat.drop()
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    await expect(rows(shown, "user")).to_have_count(1)
    assert site.chat.texts() == ["pay me"]


async def test_a_message_that_nobody_answers_can_be_sent_again_and_arrives_once(site: Site) -> None:
    shown = await site.open()
    await shown.clock.install()
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    site.chat.deaf = True
    await say(shown, "anybody?")
    await until(shown, lambda: len(site.chat.of("message")) == 1)
    await shown.clock.run_for(10_500)
    await until(shown, lambda: len(site.chat.of("message")) == 2)
    await shown.clock.run_for(10_500)
    again = shown.get_by_role("button", name="Not sent · Tap to send again")
    await expect(again).to_be_visible()
    site.chat.deaf = False
    await again.click()
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    assert site.chat.texts() == ["anybody?"]
    assert len({str(frame["id"]) for frame in site.chat.of("message")}) == 1


async def test_a_refused_message_says_why_and_keeps_its_words(site: Site) -> None:
    shown = await site.open("/?language=zh")
    await bubble(shown).click()
    site.chat.refusals = [{"code": "too_large"}]
    await say(shown, "很长很长")
    await expect(rows(shown, "user")).to_contain_text("很长很长")
    await expect(rows(shown, "user").locator(".problem")).to_have_text("消息太长，请分几条发送。")


async def test_lines_missed_while_away_come_once_and_in_order(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "hi")
    await until(shown, lambda: site.chat.texts() == ["hi"])
    await site.chat.say("one")
    await site.chat.drop()
    await site.chat.say("two")
    await site.chat.say("three")
    await expect(rows(shown, "bot").locator(".bubble")).to_have_text(["Hello! Ask me anything.", "one", "two", "three"])


async def test_a_session_that_ended_is_followed_by_a_new_one(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "old")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    site.chat.talks.clear()
    await site.chat.drop()
    await expect(rows(shown, "user")).to_have_count(0)
    await say(shown, "new")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    assert site.chat.texts() == ["new"]


# Being a good guest on the page


async def test_a_visitor_who_never_opens_the_chat_costs_no_connection(site: Site) -> None:
    shown = await site.open()
    await expect(bubble(shown)).to_be_visible()
    await shown.wait_for_timeout(300)
    assert site.chat.received == []


async def test_unread_answers_are_counted_on_the_bubble_and_in_its_name(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "hi")
    await until(shown, lambda: site.chat.texts() == ["hi"])
    await shown.keyboard.press("Escape")
    await site.chat.say("one")
    await site.chat.say("two", speaker="agent", agent="Mei")
    await expect(shown.locator(".badge")).to_have_text("2")
    await expect(bubble(shown)).to_have_accessible_name("Open support chat (2 new messages)")
    await shown.reload()
    await expect(shown.locator(".badge")).to_have_text("2")
    await bubble(shown).click()
    await expect(shown.locator(".badge")).to_be_hidden()
    await until(shown, lambda: bool(site.chat.of("read")) and site.chat.of("read")[-1]["upto"] == 3)


async def test_the_widget_works_on_another_origin_that_names_it_in_its_policy(site: Site) -> None:
    ours, socket = site.origin, site.origin.replace("http", "ws")
    policy = f"default-src 'self'; script-src 'self' {ours}; connect-src 'self' {socket}; img-src 'self' {ours}"

    async def theirs(_: web.Request) -> web.Response:
        body = page(f"{ours}/widget.js", attributes='data-accent="#0a7"')
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    other = await site.stack.enter_async_context(serving(web.get("/", theirs)))
    shown = await site.open(other)
    await bubble(shown).click()
    await say(shown, "How do I deposit?")
    await expect(rows(shown, "bot").last.locator(".source a")).to_have_attribute("href", f"{ours}/help/en/deposit-how")
    await expect(bubble(shown)).to_have_css("background-color", "rgb(0, 170, 119)")


async def test_the_widget_leaves_no_inline_style_and_moves_nothing_on_the_page(site: Site) -> None:
    shown = await site.open()
    await shown.evaluate(
        """() => { window.moved = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.moved += entry.value;
        }).observe({ type: 'layout-shift', buffered: true }) }"""
    )
    await bubble(shown).click()
    await say(shown, "How do I deposit?")
    await expect(shown.locator(".source")).to_be_visible()
    assert (
        await shown.evaluate("document.querySelector('switchboard-widget').shadowRoot.innerHTML.includes('style=')")
        is False
    )
    assert await shown.evaluate("window.moved") < 0.01


async def test_a_button_of_the_page_opens_the_chat_with_its_question_written_but_not_sent(site: Site) -> None:
    shown = await site.open()
    await shown.evaluate("document.body.append(document.createElement('button'))")
    await shown.evaluate("document.querySelector('button').dataset.switchboardAsk = 'How do I deposit?'")
    await shown.locator("body > button").click()
    await expect(field_of(shown)).to_have_value("How do I deposit?")
    await expect(field_of(shown)).to_be_focused()
    await expect(rows(shown, "bot")).to_have_count(1)
    assert site.chat.of("message") == []


async def test_the_widget_weighs_at_most_20_kilobytes() -> None:
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= 20_000


# For everybody


async def test_everything_can_be_done_with_the_keyboard_and_focus_comes_back(site: Site) -> None:
    shown = await site.open()
    for _ in range(10):
        await shown.keyboard.press("Tab")
        if await bubble(shown).evaluate("(one) => one.matches(':focus')"):
            break
    await shown.keyboard.press("Enter")
    await expect(field_of(shown)).to_be_focused()
    await shown.keyboard.type("first line")
    await shown.keyboard.press("Shift+Enter")
    await shown.keyboard.type("second line")
    await shown.keyboard.press("Enter")
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    assert site.chat.texts() == ["first line\nsecond line"]
    await shown.keyboard.press("Tab")
    await shown.keyboard.press("Tab")
    await expect(shown.get_by_role("button", name="Talk to a person")).to_be_focused()
    await shown.keyboard.press("Enter")
    await until(shown, lambda: len(site.chat.of("human")) == 1)
    await shown.keyboard.press("Escape")
    await expect(shown.locator(".panel")).to_be_hidden()
    await expect(bubble(shown)).to_be_focused()


async def test_an_input_methods_enter_sends_nothing(site: Site) -> None:
    shown = await site.open("/?language=ja")
    await bubble(shown).click()
    await field_of(shown).fill("にゅうきん")
    for composing in ({"isComposing": True, "keyCode": 13}, {"isComposing": False, "keyCode": 229}):
        await field_of(shown).evaluate(
            """(field, how) => field.dispatchEvent(new KeyboardEvent('keydown',
                { key: 'Enter', bubbles: true, cancelable: true, composed: true, ...how }))""",
            composing,
        )
    await expect(field_of(shown)).to_have_value("にゅうきん")
    await field_of(shown).press("Enter")
    await expect(rows(shown, "user")).to_have_count(1)


async def test_a_phone_gives_the_chat_its_whole_screen(site: Site) -> None:
    shown = await site.open(size=PHONE, has_touch=True, is_mobile=True)
    await bubble(shown).tap()
    box = await shown.locator(".panel").bounding_box()
    assert box is not None
    await expect(shown.locator(".panel")).to_have_css("opacity", "1")
    assert await shown.locator(".panel").evaluate("(one) => [one.offsetWidth, one.offsetHeight]") == list(PHONE)
    await expect(bubble(shown)).to_be_hidden()
    await field_of(shown).fill("How do I deposit?")
    await shown.get_by_role("button", name="Send", exact=True).tap()
    await expect(shown.locator(".source")).to_be_visible()
    for _ in range(25):
        await shown.keyboard.press("Tab")
        assert await shown.evaluate("document.activeElement.localName") == "switchboard-widget"
    await shown.get_by_role("button", name="Close chat").first.tap()
    await expect(bubble(shown)).to_be_focused()


async def test_the_conversation_is_a_polite_log_and_the_chat_a_named_dialog(site: Site) -> None:
    shown = await site.open("/?name=Demo+Exchange")
    await bubble(shown).click()
    dialog = shown.get_by_role("dialog", name="Demo Exchange")
    await expect(dialog.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    await expect(dialog.get_by_role("textbox", name="Ask anything…")).to_be_visible()
    await expect(shown.locator(".row").first).to_contain_text("Assistant")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_can_be_read_and_buttons_can_be_hit_in_both_schemes(site: Site, scheme: str) -> None:
    shown = await site.open(color_scheme=scheme, reduced_motion="reduce")
    await bubble(shown).click()
    await say(shown, "How do I deposit?")
    await expect(shown.locator(".source")).to_be_visible()
    site.chat.refusals = [{"code": "unavailable"}]
    await say(shown, "and?")
    await expect(shown.locator(".problem")).to_be_visible()
    await site.chat.say("Done", speaker="agent", agent="Mei")
    await site.chat.say("Solved", speaker="system")
    await site.chat.status("resolved")
    await expect(shown.locator(".rating")).to_be_visible()
    assert await shown.evaluate(_POOR_CONTRAST) == []
    assert await shown.evaluate(_SMALL_TARGETS) == []
    dark = await shown.locator(".panel").evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert (float(cast(re.Match[str], re.search(r"[\d.]+", dark))[0]) < 0.5) is (scheme == "dark")


async def test_nothing_moves_for_a_reader_who_wants_no_motion(site: Site) -> None:
    shown = await site.open(reduced_motion="reduce")
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    running = "document.querySelector('switchboard-widget').shadowRoot.getAnimations({subtree: true}).length"
    assert await shown.evaluate(running) == 0


@pytest.mark.parametrize(
    ("locale", "language", "person"),
    [
        ("zh-TW", "zh", "转人工"),
        ("ja-JP", "ja", "担当者と話す"),
        ("ko-KR", "ko", "상담원 연결"),
        ("fr-FR", "en", "Talk to a person"),
    ],
)
async def test_the_widget_speaks_the_readers_language(site: Site, locale: str, language: str, person: str) -> None:
    shown = await site.open("/?language=auto", locale=locale)
    await bubble(shown).click()
    await expect(shown.get_by_role("button", name=person)).to_be_visible()
    assert site.chat.of("hello")[0]["language"] == language
    await expect(shown.locator(".widget")).to_have_attribute("lang", language)


async def test_each_text_has_the_glyphs_of_its_own_language(site: Site) -> None:
    site.chat.welcome = "您好！"
    shown = await site.open("/?language=en")
    await bubble(shown).click()
    await expect(rows(shown, "bot").locator(".bubble")).to_have_attribute("lang", "zh")
    await say(shown, "入金が反映されない")
    await expect(rows(shown, "user").locator(".bubble")).to_have_attribute("lang", "ja")


async def test_a_page_of_its_own_fills_the_screen_and_cannot_be_closed(site: Site) -> None:
    shown = await site.open("/?mode=page&identity=signed", size=PHONE)
    await expect(rows(shown, "bot")).to_have_count(1)
    await expect(bubble(shown)).to_have_count(0)
    await shown.keyboard.press("Escape")
    await expect(shown.locator(".panel")).to_be_visible()
    assert site.chat.of("hello")[0]["identity"] == "signed"


_POOR_CONTRAST: Final = """() => {
    const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
        pixel.clearRect(0, 0, 1, 1);
        pixel.fillStyle = colour;
        pixel.fillRect(0, 0, 1, 1);
        return [...pixel.getImageData(0, 0, 1, 1).data];
    };
    const ground = (one) => {
        for (let at = one; at; at = at.parentElement ?? at.getRootNode().host) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const light = (colour) => colour.slice(0, 3).reduce((sum, part, index) => {
        const share = part / 255;
        const linear = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        return sum + [0.2126, 0.7152, 0.0722][index] * linear;
    }, 0);
    const poor = [];
    for (const one of document.querySelector('switchboard-widget').shadowRoot.querySelectorAll('*')) {
        const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!words && !one.placeholder || !one.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(one, one.placeholder ? '::placeholder' : null);
        const [dark, bright] = [light(rgba(style.color)), light(ground(one))].sort((a, b) => a - b);
        const contrast = (bright + 0.05) / (dark + 0.05);
        if (contrast < 4.5) poor.push([one.className, one.textContent.slice(0, 20), contrast]);
    }
    return poor;
}"""

_SMALL_TARGETS: Final = """() => [...document.querySelector('switchboard-widget').shadowRoot
    .querySelectorAll('button, .step, .source a, textarea')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => [one.className, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([name, box]) => [name, box.width, box.height])"""

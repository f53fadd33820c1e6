"""The chat widget in a real browser, against a strict fake of the chat server."""

from __future__ import annotations

import base64
import gzip
import re
import shutil
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page, async_playwright, expect

from tests.fakes.chat import MORE, WIDGET, Answer, FakeChat, Frame, page, serving

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
NETWORK: Final = ("WebSocket connection to", "Failed to load resource")
"""How the browser itself complains of a server that is away or refuses; no fault of the widget."""
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
    assert [said for said in site.complaints if not said.startswith(NETWORK)] == []


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


def png(width: int = 40, height: int = 30, grey: int = 90) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes([grey]) * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SCREENSHOT: Final = FilePayload(name="screenshot.png", mimeType="image/png", buffer=png())
STATEMENT: Final = FilePayload(name="statement.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 " + b"x" * 2_000_000)


def chips(shown: Page) -> Locator:
    return shown.locator(".chip")


def send_button(shown: Page) -> Locator:
    return shown.locator(".send")


async def choose(shown: Page, *files: FilePayload) -> None:
    """Choose files as the system's dialog gives them."""
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await shown.locator("input[type=file]").set_input_files(files)


async def hand_over(shown: Page, event: str, on: str, *files: FilePayload, text: str = "") -> None:
    """Paste or drag files, as a browser tells of it."""
    await shown.evaluate(
        """([event, on, files, text]) => {
            const board = new DataTransfer();
            for (const { name, type, body } of files) {
                const bytes = Uint8Array.from(atob(body), (one) => one.charCodeAt(0));
                board.items.add(new File([bytes], name, { type }));
            }
            if (text) for (const kind of ['text/plain', 'text/html']) board.setData(kind, text);
            const how = { bubbles: true, composed: true, cancelable: true, clipboardData: board, dataTransfer: board };
            const Kind = event === 'paste' ? ClipboardEvent : DragEvent;
            const root = document.querySelector('switchboard-widget').shadowRoot;
            (root.querySelector(on) ?? document.querySelector(on)).dispatchEvent(new Kind(event, how));
        }""",
        [
            event,
            on,
            [
                {"name": one["name"], "type": one["mimeType"], "body": base64.b64encode(one["buffer"]).decode()}
                for one in files
            ],
            text,
        ],
    )


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


# Files


async def test_a_chosen_file_is_uploaded_at_once_and_goes_with_the_next_message(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT, STATEMENT)
    await expect(chips(shown)).to_have_text([re.compile("screenshot.png.*1 kB.*Uploaded"), re.compile("1.9 MB")])
    await expect(chips(shown).first.locator("canvas")).to_be_visible()
    assert site.chat.of("message") == []
    await say(shown, "My deposit")
    await expect(chips(shown)).to_have_count(0)
    mine = rows(shown, "user")
    await expect(mine.locator(".state")).to_have_text("Sent")
    picture, file = mine.locator("a.picture"), mine.locator("a.file")
    await expect(picture.get_by_role("img", name="screenshot.png")).to_be_visible()
    await expect(file).to_have_text(re.compile("statement.pdf.*1.9 MB"))
    for link in (picture, file):
        await expect(link).to_have_attribute("href", re.compile(f"^{site.origin}/attachments/[0-9a-f]{{64}}/.*sign="))
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(link).to_have_attribute("target", "_blank")
    assert site.chat.of("message")[0]["attachments"] == list(site.chat.uploads)
    assert [kept.name for kept in site.chat.uploads.values()] == ["screenshot.png", "statement.pdf"]


async def test_files_need_no_words(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(send_button(shown)).to_have_attribute("aria-disabled", "true")
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    await send_button(shown).click()
    await expect(rows(shown, "user").locator("a.picture")).to_be_visible()
    await expect(rows(shown, "user").locator(".bubble")).to_be_hidden()
    assert site.chat.texts() == [""]


async def test_a_screenshot_is_pasted_but_an_office_texts_picture_of_itself_is_not(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await hand_over(shown, "paste", ".composer textarea", SCREENSHOT, text="a cell")
    await hand_over(shown, "paste", ".composer textarea", SCREENSHOT)
    await expect(chips(shown)).to_have_text(re.compile("screenshot.png.*Uploaded"))
    assert len(site.chat.uploads) == 1


async def test_files_are_dropped_on_the_chat_and_what_is_dropped_beside_it_is_the_pages(site: Site) -> None:
    shown = await site.open()
    await shown.evaluate("addEventListener('drop', (event) => window.kept = !event.defaultPrevented)")
    await bubble(shown).click()
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    target = shown.locator(".drop")
    await hand_over(shown, "dragover", "h1", SCREENSHOT)
    await expect(target).to_be_visible()
    await expect(target).not_to_have_attribute("data-over", "")
    await hand_over(shown, "drop", "h1", SCREENSHOT)
    assert await shown.evaluate("window.kept") is True
    await hand_over(shown, "dragover", ".log", SCREENSHOT)
    await expect(target).to_have_attribute("data-over", "")
    await expect(target).to_have_text("Drop files here")
    await hand_over(shown, "drop", ".log", SCREENSHOT, STATEMENT)
    await expect(target).to_be_hidden()
    await expect(chips(shown).locator(".file-name")).to_have_text(["screenshot.png", "statement.pdf"])
    await expect(field_of(shown)).to_be_focused()


async def test_a_drag_that_leaves_takes_its_target_along(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await hand_over(shown, "dragover", ".log", SCREENSHOT)
    await expect(shown.locator(".drop")).to_be_visible()
    await expect(shown.locator(".drop")).to_be_hidden(timeout=2_000)


async def test_sending_waits_for_running_uploads_and_says_so(site: Site, tmp_path: Path) -> None:
    assert site.chat.upload is not None
    site.chat.upload["max_bytes"] = 30_000_000
    shown = await site.open()
    await bubble(shown).click()
    site.chat.reading.clear()
    # More than the buffers on the way hold.
    film = tmp_path / "film.mp4"
    film.write_bytes(b"m" * 30_000_000)
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await shown.locator("input[type=file]").set_input_files(film)
    bar = shown.get_by_role("progressbar", name="Uploading film.mp4")
    await expect(bar).not_to_have_js_property("value", 0)
    assert 0 < await bar.evaluate("(one) => one.value") < 1
    await expect(send_button(shown)).to_have_accessible_name("Sends once the files are uploaded")
    await say(shown, "look")
    await expect(shown.locator(".hint")).to_have_text("Sends once the files are uploaded")
    await expect(field_of(shown)).to_have_value("look")
    assert site.chat.of("message") == []
    site.chat.reading.set()
    await expect(rows(shown, "user").locator("a.file")).to_contain_text("film.mp4")
    await expect(field_of(shown)).to_have_value("")
    await expect(send_button(shown)).to_have_accessible_name("Send")
    assert site.chat.texts() == ["look"]


async def test_writing_on_calls_off_what_would_send_itself(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    site.chat.reading.clear()
    await choose(shown, SCREENSHOT)
    await say(shown, "look")
    await field_of(shown).press_sequentially(" here")
    await expect(shown.locator(".hint")).to_have_text("")
    site.chat.reading.set()
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    await expect(field_of(shown)).to_have_value("look here")
    assert site.chat.of("message") == []


async def test_what_is_surely_refused_is_not_uploaded_and_what_the_server_refuses_is_said_alike(site: Site) -> None:
    assert site.chat.upload is not None
    site.chat.upload["max_bytes"] = 1_500_000
    shown = await site.open()
    await bubble(shown).click()
    program = FilePayload(name="setup.exe", mimeType="application/x-msdownload", buffer=b"MZ")
    await choose(shown, program, STATEMENT)
    kind, size = "Not accepted: this type of file", "Not accepted: too large (at most 1.4 MB)"
    await expect(chips(shown).locator("small")).to_have_text([kind, size])
    await expect(shown.get_by_role("button", name="Try again")).to_have_count(0)
    assert site.chat.upload_tries == 0
    await say(shown, "without them?")
    await expect(shown.locator(".hint")).to_have_text("Try again or remove the file that failed.")
    await expect(shown.get_by_role("button", name="Remove setup.exe")).to_be_focused()
    await shown.keyboard.press("Enter")
    await expect(shown.get_by_role("button", name="Remove statement.pdf")).to_be_focused()
    await shown.keyboard.press("Enter")
    await expect(shown.get_by_role("button", name="Attach files")).to_be_focused()
    site.chat.upload_refusals = [{"code": "type_refused"}, {"code": "infected"}]
    await choose(shown, SCREENSHOT)
    await expect(chips(shown).locator("small")).to_have_text([kind])
    await choose(shown, SCREENSHOT)
    await expect(chips(shown).locator("small").last).to_have_text("Not accepted: it may be harmful")
    assert site.chat.of("message") == []


async def test_a_file_that_failed_can_be_tried_again(site: Site) -> None:
    site.chat.upload_refusals = [{"code": "unavailable"}, {"code": "rate_limited", "retry_after": 7200.0}]
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT)
    again = shown.get_by_role("button", name="Try again: screenshot.png")
    await expect(chips(shown).locator("small")).to_have_text("Could not be uploaded")
    await again.click()
    await expect(chips(shown).locator("small")).to_have_text("Too many files for now. Try again in 2 hr.")
    await again.click()
    await expect(chips(shown).locator("small")).to_have_text("1 kB · Uploaded")
    await expect(again).to_be_hidden()


async def test_more_files_than_fit_into_a_message_are_left_out_and_counted(site: Site) -> None:
    shown = await site.open("/?language=zh")
    await bubble(shown).click()
    await shown.get_by_role("button", name="添加附件").wait_for()
    await shown.locator("input[type=file]").set_input_files([SCREENSHOT] * 7)
    await expect(chips(shown)).to_have_count(5)
    await expect(shown.locator(".hint")).to_have_text("每条消息最多 5 个文件，有 2 个未添加。")
    await until(shown, lambda: len(site.chat.uploads) == 5)


async def test_a_removed_file_is_not_sent_even_if_it_was_on_its_way(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    site.chat.reading.clear()
    await choose(shown, STATEMENT)
    await choose(shown, SCREENSHOT)
    await shown.get_by_role("button", name="Remove statement.pdf").click()
    site.chat.reading.set()
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    await send_button(shown).click()
    await expect(rows(shown, "user").locator("a.picture")).to_have_count(1)
    sent = site.chat.of("message")[0]["attachments"]
    assert isinstance(sent, list)
    assert [site.chat.uploads[one].name for one in sent] == ["screenshot.png"]


async def test_an_upload_lost_with_the_connection_goes_again_and_what_was_there_keeps_its_id(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    site.chat.reading.clear()
    await choose(shown, STATEMENT)
    await until(shown, lambda: site.chat.upload_tries == 2)
    site.chat.cut_uploads = site.chat.refuse = True
    await site.chat.drop()
    site.chat.reading.set()
    await expect(chips(shown).last).to_have_attribute("data-progress", "failed")
    site.chat.cut_uploads = site.chat.refuse = False
    await expect(chips(shown).last).to_have_attribute("data-progress", "done", timeout=15_000)
    await send_button(shown).click()
    await expect(rows(shown, "user").locator(".state")).to_have_text("Sent")
    assert site.chat.of("message")[0]["attachments"] == list(site.chat.uploads)
    assert [kept.name for kept in site.chat.uploads.values()] == ["screenshot.png", "statement.pdf"]


async def test_a_message_that_waits_keeps_its_files_over_a_reload(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT, STATEMENT)
    await expect(chips(shown).last).to_have_attribute("data-progress", "done")
    site.chat.refuse = True
    await site.chat.drop()
    await say(shown, "look")
    await expect(rows(shown, "user").locator(".picture canvas")).to_be_visible()
    await shown.reload()
    site.chat.refuse = False
    await bubble(shown).click()
    await expect(rows(shown, "user").locator("a.picture img")).to_be_visible(timeout=15_000)
    assert site.chat.texts() == ["look"]
    assert [frame["attachments"] for frame in site.chat.of("message")] == [list(site.chat.uploads)]


async def test_a_reload_loses_unsent_files_but_not_the_text(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    site.chat.reading.clear()
    await choose(shown, SCREENSHOT)
    await say(shown, "look at this")
    await shown.reload()
    site.chat.reading.set()
    await bubble(shown).click()
    await expect(field_of(shown)).to_have_value("look at this")
    await expect(rows(shown, "bot")).to_have_count(1)
    await expect(chips(shown)).to_have_count(0)
    assert site.chat.of("message") == []


async def test_a_new_session_gets_the_files_of_the_old_one_anew(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    site.chat.talks.clear()
    await site.chat.drop()
    await until(shown, lambda: len(site.chat.uploads) == 2)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    await say(shown, "look")
    await expect(rows(shown, "user").locator("a.picture")).to_be_visible()


async def test_a_message_whose_file_is_gone_says_what_to_do(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    site.chat.uploads.clear()
    await say(shown, "look")
    said = "A file of this message is no longer there. Please attach it again."
    await expect(rows(shown, "user").locator(".problem")).to_have_text(said)
    await expect(rows(shown, "user").locator(".bubble")).to_have_text("look")


async def test_files_of_others_are_shown_and_refused_ones_say_why(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "hi")
    await until(shown, lambda: site.chat.texts() == ["hi"])
    lost: Frame = {"name": "x", "media_type": "", "size": 5, "url": "", "image": False}
    reasons = {
        "too_large": "Not accepted: too large",
        "infected": "Not accepted: it may be harmful",
        "something_new": "Not received. Please send it again.",
    }
    name = "a\u202egnp.exe"
    files = [site.chat.keep(name, "application/pdf", b"%PDF-1"), site.chat.keep("b.png", "image/png", png())]
    ended = site.chat.keep("old.png", "image/png", png(9, 9), until=1)
    refused: list[Frame] = [{**lost, "refused": code} for code in reasons]
    await site.chat.say("Here", speaker="agent", agent="Mei", attachments=[*files, ended, *refused])
    theirs = rows(shown, "agent")
    await expect(theirs.locator(".refused small")).to_have_text(list(reasons.values()))
    await expect(theirs.locator(".refused[href]")).to_have_count(0)
    await expect(theirs.locator("a.file .file-name").first).to_have_text("agnp.exe")
    await expect(theirs.get_by_role("img", name="b.png")).to_be_visible()
    # Its link has ended: no picture comes, and the row is left.
    await expect(theirs.locator("a.file .file-name").last).to_have_text("old.png")


async def test_a_pictures_box_has_its_size_before_the_picture_comes(site: Site) -> None:
    shown = await site.open()
    await bubble(shown).click()
    await say(shown, "hi")
    await until(shown, lambda: site.chat.texts() == ["hi"])
    await shown.route("**/attachments/**", lambda _: None)
    await site.chat.say("Here", speaker="agent", agent="Mei", attachments=[site.chat.keep("b.png", "image/png", png())])
    box = rows(shown, "agent").locator("a.picture")
    await expect(box).to_have_css("width", "200px")
    await expect(box).to_have_css("height", "150px")
    await shown.unroute("**/attachments/**")


async def test_files_can_be_handled_with_the_keyboard_and_are_announced(site: Site) -> None:
    shown = await site.open()
    # Asked for early: the browser takes a while to hand its dialogs over.
    shown.on("filechooser", lambda _: None)
    await bubble(shown).click()
    await expect(field_of(shown)).to_be_focused()
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await shown.keyboard.press("Tab")
    async with shown.expect_file_chooser() as opened:
        await shown.keyboard.press("Enter")
    chooser = await opened.value
    assert chooser.is_multiple()
    site.chat.upload_refusals = [{"code": "unavailable"}]
    await chooser.set_files(SCREENSHOT)
    news = shown.locator('.tray .unseen[role="status"]')
    await expect(news).to_have_text("screenshot.png: Could not be uploaded")
    await expect(field_of(shown)).to_be_focused()
    await shown.keyboard.press("Shift+Tab")
    await shown.keyboard.press("Shift+Tab")
    await expect(shown.get_by_role("button", name="Try again")).to_be_focused()
    await shown.keyboard.press("Enter")
    await expect(news).to_have_text("screenshot.png: Uploaded")
    await expect(shown.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(1)


async def test_a_phone_is_offered_what_the_server_takes_and_no_keyboard_jumps_up(site: Site) -> None:
    shown = await site.open(size=PHONE, has_touch=True, is_mobile=True)
    await bubble(shown).tap()
    await choose(shown, SCREENSHOT, STATEMENT)
    accept = await shown.locator("input[type=file]").get_attribute("accept")
    assert accept == "image/png,image/jpeg,video/mp4,application/pdf,text/plain,.csv,.log"
    await expect(chips(shown).last).to_have_attribute("data-progress", "done")
    await expect(field_of(shown)).not_to_be_focused()
    width = "(one) => one.scrollWidth - one.clientWidth"
    assert await shown.locator(".panel").evaluate(width) == 0


async def test_a_server_that_takes_no_files_gets_none(site: Site) -> None:
    site.chat.upload = None
    shown = await site.open()
    await bubble(shown).click()
    await expect(rows(shown, "bot")).to_have_count(1)
    await expect(shown.locator(".attach")).to_be_hidden()
    await hand_over(shown, "paste", ".composer textarea", SCREENSHOT)
    await expect(chips(shown)).to_have_count(0)


async def test_the_second_file_comes_with_the_next_connection_when_it_did_not_come_at_once(site: Site) -> None:
    shown = await site.open()
    await shown.route("**/widget-more.js*", lambda route: route.abort())
    await bubble(shown).click()
    await say(shown, "hi")
    await until(shown, lambda: site.chat.texts() == ["hi"])
    await site.chat.say("See", attachments=[site.chat.keep("a.pdf", "application/pdf", b"%PDF-")])
    await expect(rows(shown, "bot").last.locator(".files")).to_have_text("a.pdf")
    await expect(shown.locator(".attach")).to_have_count(0)
    await shown.unroute("**/widget-more.js*")
    await site.chat.drop()
    await expect(shown.get_by_role("button", name="Attach files")).to_be_visible()
    await expect(rows(shown, "bot").last.locator("a.file")).to_contain_text("a.pdf")


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
    connect = f"connect-src 'self' {ours} {socket}"
    policy = f"default-src 'self'; script-src 'self' {ours}; {connect}; img-src 'self' {ours}"

    async def theirs(_: web.Request) -> web.Response:
        body = page(f"{ours}/widget.js", attributes='data-accent="#0a7"')
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    other = await site.stack.enter_async_context(serving(web.get("/", theirs)))
    shown = await site.open(other)
    await bubble(shown).click()
    await say(shown, "How do I deposit?")
    await expect(rows(shown, "bot").last.locator(".source a")).to_have_attribute("href", f"{ours}/help/en/deposit-how")
    await expect(bubble(shown)).to_have_css("background-color", "rgb(0, 170, 119)")
    site.chat.origins.add(other)
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
    await say(shown, "look")
    image = rows(shown, "user").last.locator("a.picture img")
    assert await image.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 40


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
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "done")
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


async def test_the_widget_weighs_at_most_20_kilobytes_and_what_an_opened_chat_fetches_half_of_it() -> None:
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= 20_000
    assert len(gzip.compress(MORE.read_bytes(), 9)) <= 10_000


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
    for _ in ("attach", "send", "person"):
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
    refused: Frame = {"name": "a.zip", "media_type": "", "size": 9, "url": "", "image": False, "refused": "infected"}
    await site.chat.say("", attachments=[site.chat.keep("a.pdf", "application/pdf", b"%PDF-"), refused])
    site.chat.upload_refusals = [{"code": "unavailable"}]
    await choose(shown, SCREENSHOT)
    await expect(chips(shown)).to_have_attribute("data-progress", "failed")
    await choose(shown, STATEMENT)
    await expect(chips(shown).last).to_have_attribute("data-progress", "done")
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
    await until(shown, lambda: len(site.chat.of("hello")) == 1)
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

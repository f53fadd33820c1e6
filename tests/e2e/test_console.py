"""The agents' console in a real browser, against a strict fake of its server."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.e2e.browsers import chromium
from tests.fakes.console import CODE, PASSWORD, STATIC, FakeConsole, Refusal, Row, agent, earlier, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESK: Final = (1280, 800)
PHONE: Final = (390, 844)
NETWORK: Final = ("Failed to load resource", "WebSocket connection to")
"""How the browser itself tells of refused requests; no fault of the page."""
TXID: Final = "0x9f2c4e7b1a8d3f605c9e2b7a4d1f8c3e6b5a9078d2c1f4e3b6a7908c5d4e3f21"
MEANT: Final[Row] = {
    "language": "zh",
    "certainty": "sure",
    "ranking": [{"intent": "faq/deposit_not_arrived", "confidence": 0.94}],
    "entities": [],
}
PIXEL: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LOST: Final[Row] = {"name": "x.zip", "media_type": "application/zip", "size": 9, "url": "", "image": False}
UNDO_MS: Final = 5_000
SETTLED_MS: Final = 9_000


@dataclass(kw_only=True)
class Site:
    """The console's pages, and what their browsers complained of."""

    desk: FakeConsole
    origin: str
    browser: Browser
    stack: AsyncExitStack
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "", size: tuple[int, int] = DESK, **options: object) -> Page:
        """Show a page to somebody who is not signed in."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            **options,  # type: ignore[arg-type]
        )
        await self.stack.enter_async_context(context)
        return await self.tab(context, path)

    async def tab(self, context: BrowserContext, path: str = "") -> Page:
        """Show a page in a browser that is open."""
        shown = await context.new_page()
        shown.set_default_timeout(5_000)
        shown.on("console", lambda said: self.complaints.append(said.text) if said.type in BAD else None)
        shown.on("pageerror", lambda error: self.complaints.append(str(error)))
        await shown.goto(f"{self.origin}/console/{path}")
        return shown

    async def enter(self, path: str = "", size: tuple[int, int] = DESK, name: str = "mei", **options: object) -> Page:
        """Sign in, then show a page."""
        shown = await self.open(path, size, **options)
        await sign_in(shown, name)
        await expect(shown.locator(".desk")).to_be_visible()
        return shown


BAD: Final = ("error", "warning")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each has contexts of its own."""
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def site(browser: Browser) -> AsyncIterator[Site]:
    """A desk with a waiting and a held case; no test may make the browser complain."""
    assert (STATIC / "app.js").exists(), "The console is not built: run `npm run build`."
    desk = FakeConsole()
    desk.add_agent(agent("kenji", "佐藤"))
    waiting = desk.case(1042, customer_name="陈小明", language="zh", subject="充值未到账", urgent=True)
    desk.line(waiting, "customer", "我的充值没到账", at=earlier(300), understood=MEANT)
    held = desk.case(1037, customer_name="Priya", subject="Lost my phone")
    desk.give(held, "mei")
    desk.line(held, "customer", "I lost my phone", at=earlier(200))
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(serving(desk))
        site = Site(desk=desk, origin=origin, browser=browser, stack=stack)
        yield site
    assert desk.violations == []
    assert [said for said in site.complaints if not said.startswith(NETWORK)] == []


async def sign_in(shown: Page, name: str = "mei", password: str = PASSWORD) -> None:
    await shown.get_by_label("Name", exact=True).fill(name)
    await shown.get_by_label("Password", exact=True).fill(password)
    await shown.get_by_role("button", name="Sign in").click()


def row(shown: Page, number: int) -> Locator:
    return shown.locator(f"#row-{number}")


def composer(shown: Page) -> Locator:
    return shown.locator("#composer")


def lines(shown: Page, who: str) -> Locator:
    return shown.locator(f'.line[data-from="{who}"]')


def take_button(shown: Page) -> Locator:
    return shown.get_by_role("button", name="Take this case")


async def until(shown: Page, true: Callable[[], bool]) -> None:
    """Wait for what the fake server saw."""
    for _ in range(SETTLED_MS // 20):
        if true():
            return
        await shown.wait_for_timeout(20)
    raise AssertionError("it never became true")


# Signing in


async def test_a_wrong_password_is_said_and_the_name_stays(site: Site) -> None:
    shown = await site.open()
    await sign_in(shown, password="wrong")
    await expect(shown.get_by_role("alert")).to_have_text("The name, the password or the code is wrong.")
    await expect(shown.get_by_label("Name", exact=True)).to_have_value("mei")


async def test_the_one_time_code_is_asked_for_only_when_the_account_has_one(site: Site) -> None:
    site.desk.agents["mei"]["totp_enrolled"] = True
    shown = await site.open()
    await sign_in(shown)
    code = shown.get_by_label("Code", exact=True)
    await expect(code).to_be_focused()
    await code.fill("000000")
    await code.press("Enter")
    await expect(shown.get_by_role("alert")).to_contain_text("wrong")
    await code.fill(CODE)
    await code.press("Enter")
    await expect(row(shown, 1042)).to_be_visible()


async def test_too_many_attempts_are_told_with_the_time_to_wait(site: Site) -> None:
    site.desk.refusals["login"] = [Refusal("rate_limited", retry_after=2)]
    shown = await site.open()
    await sign_in(shown)
    await expect(shown.get_by_role("alert")).to_contain_text("Try again in 2 s")
    await shown.get_by_label("Password", exact=True).press("Enter")
    assert len(site.desk.of("login")) == 1
    await expect(shown.get_by_role("alert")).to_have_text("")
    await shown.get_by_role("button", name="Sign in").click()
    await expect(row(shown, 1042)).to_be_visible()


async def test_an_admin_without_a_one_time_code_sets_it_up_before_anything_else(site: Site) -> None:
    site.desk.must_enroll.add("mei")
    shown = await site.open("tickets/1042")
    await sign_in(shown)
    await expect(shown.get_by_role("heading", name="Protect your account")).to_be_visible()
    await expect(shown.locator(".qr path")).to_have_count(1)
    await expect(shown.locator(".qr script")).to_have_count(0)
    await expect(shown.get_by_text("JBSWY3DPEHPK3PXP")).to_be_visible()
    assert site.desk.frames == []
    await shown.get_by_label("Code", exact=True).fill(CODE)
    await shown.get_by_role("button", name="Turn on").click()
    await expect(lines(shown, "customer")).to_contain_text("我的充值没到账")


async def test_a_session_that_ends_on_the_server_leads_back_to_the_sign_in(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await expect(composer(shown)).to_be_visible()
    site.desk.sessions.clear()
    await site.desk.tell({"type": "signed_out"})
    await expect(shown.get_by_text("You were signed out")).to_be_visible()
    await sign_in(shown)
    await expect(composer(shown)).to_be_visible()


async def test_signing_out_leaves_nothing_of_the_agents_writing(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("half a thought")
    await shown.get_by_role("link", name="Account").click()
    await shown.get_by_role("button", name="Sign out").click()
    await expect(shown.get_by_label("Password", exact=True)).to_be_visible()
    assert "half a thought" not in await shown.evaluate("JSON.stringify(localStorage)")


# The lists


async def test_a_new_case_appears_by_itself_in_the_servers_order_and_in_the_title(site: Site) -> None:
    shown = await site.enter()
    await expect(shown).to_have_title("(1) Switchboard")
    await site.desk.arrive(site.desk.case(1050, rank=1, customer_name="First"))
    await expect(shown.locator(".row-name")).to_have_text(["First", "陈小明"])
    await expect(shown).to_have_title("(2) Switchboard")
    await site.desk.tell({"type": "gone", "number": 1050})
    await expect(shown.locator(".row-name")).to_have_text(["陈小明"])


async def test_a_row_says_in_words_why_it_stands_where_it_stands(site: Site) -> None:
    shown = await site.enter()
    await expect(row(shown, 1042)).to_contain_text("Urgent")
    await expect(row(shown, 1042)).to_contain_text("Chinese, your language")
    await expect(row(shown, 1042).locator("time")).to_have_text("4 min")


async def test_the_search_narrows_the_list_and_says_when_nothing_fits(site: Site) -> None:
    site.desk.case(1043, customer_name="Omar")
    shown = await site.enter()
    await expect(row(shown, 1043)).to_be_visible()
    await shown.keyboard.press("/")
    await shown.keyboard.type("充值")
    await expect(row(shown, 1043)).to_have_count(0)
    await expect(row(shown, 1042)).to_be_visible()
    await shown.keyboard.type("zzz")
    await expect(shown.get_by_text("Nothing fits")).to_be_visible()
    await shown.keyboard.press("Escape")
    await expect(row(shown, 1043)).to_be_visible()


async def test_an_empty_list_says_what_belongs_there(site: Site) -> None:
    site.desk.cases.clear()
    shown = await site.enter()
    await expect(shown.get_by_text("Nobody waits")).to_be_visible()
    await shown.get_by_role("tab", name="Mine").click()
    await expect(shown.get_by_text("You hold no case")).to_be_visible()


async def test_a_list_that_cannot_be_fetched_offers_another_try(site: Site) -> None:
    site.desk.refusals["tickets"] = [Refusal("unavailable")]
    site.desk.case(1030, status="solved", ended_at=earlier(60), ending="resolved")
    shown = await site.enter()
    await shown.get_by_role("tab", name="Solved today").click()
    await shown.get_by_role("button", name="Try again").click()
    await expect(row(shown, 1030)).to_contain_text("Resolved")


async def test_a_line_that_comes_while_its_case_is_fetched_is_shown(site: Site) -> None:
    shown = await site.enter()
    case = site.desk.cases[1042]
    fetched, told = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        fetched.set()
        await told.wait()
        await route.fulfill(response=answer)

    await shown.route("**/console/api/tickets/1042", late)
    await row(shown, 1042).click()
    await fetched.wait()
    await site.desk.say(case, "customer", "are you still there?")
    # The feed is in order: the row changes after the line was heard.
    await expect(row(shown, 1042)).to_contain_text("are you still there?")
    told.set()
    await expect(shown.get_by_role("log").get_by_text("are you still there?")).to_be_visible()


async def test_colleagues_are_shown_with_their_state_and_load(site: Site) -> None:
    shown = await site.enter()
    await shown.get_by_role("button", name="2 online").click()
    mine = shown.locator(".colleague").filter(has_text="Mei Lin")
    await expect(mine).to_contain_text("Online · 1 of 5")
    await shown.get_by_role("switch", name="Online").click()
    await expect(mine).to_contain_text("Away")
    assert site.desk.of("presence") == [{"state": "away"}]


# A case


async def test_a_case_shows_what_was_said_understood_and_given(site: Site) -> None:
    case = site.desk.cases[1042]
    case.details = [{"name": "txid", "value": TXID}]
    case.earlier = [{**case.row, "number": 871, "status": "solved", "ending": "resolved", "subject": "忘记密码"}]
    article: Row = {"slug": "deposit-not-arrived", "version": 3, "url": "/help/zh/deposit-not-arrived"}
    site.desk.line(case, "bot", "打开 **资产**\n\n1. 一\n2. 二", article=article)
    shown = await site.enter("tickets/1042")
    await expect(lines(shown, "customer").locator("p[lang=zh]")).to_have_text("我的充值没到账")
    await expect(shown.locator(".understood")).to_contain_text("deposit not arrived 94% · Chinese")
    await expect(lines(shown, "bot").locator("strong")).to_have_text("资产")
    await expect(lines(shown, "bot").locator("li")).to_have_count(2)
    await expect(lines(shown, "bot")).to_contain_text("Article deposit-not-arrived · version 3")
    await expect(shown.locator(".details")).to_contain_text("0x9f2c4e…5d4e3f21")
    await expect(shown.get_by_role("link", name="忘记密码")).to_be_visible()


async def test_a_detail_is_copied_whole_by_one_click(site: Site) -> None:
    site.desk.cases[1042].details = [{"name": "txid", "value": TXID}]
    shown = await site.enter("tickets/1042", permissions=["clipboard-read", "clipboard-write"])
    await shown.get_by_role("button", name="Copy TXID").click()
    await expect(shown.locator(".copied [role=status]")).to_have_text("Copied")
    assert await shown.evaluate("navigator.clipboard.readText()") == TXID


async def test_a_customers_files_are_shown_with_his_words_and_among_the_details(site: Site) -> None:
    case = site.desk.cases[1042]
    picture = site.desk.keep("截图.png", "image/png", PIXEL)
    paper = site.desk.keep("明细 2026.pdf", "application/pdf", b"%PDF-" + b"x" * 3_000_000)
    site.desk.line(case, "customer", "请看", attachments=[picture, paper])
    site.desk.line(case, "customer", "", attachments=[{**LOST, "refused": "infected"}])
    shown = await site.enter("tickets/1042")
    said = lines(shown, "customer")
    image = said.get_by_role("img", name="截图.png")
    assert await image.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 1
    links = said.get_by_role("link")
    await expect(links).to_have_count(2)
    for place, file in enumerate((picture, paper)):
        await expect(links.nth(place)).to_have_attribute("href", f"{site.origin}{file['url']}")
        await expect(links.nth(place)).to_have_attribute("rel", "noopener noreferrer")
        await expect(links.nth(place)).to_have_attribute("target", "_blank")
    await expect(links.last).to_have_accessible_name(re.compile("明细 2026.pdf 2.9 MB"))
    await expect(said.last.locator(".bubble")).to_have_count(0)
    await expect(said.last).to_contain_text("x.zipNot kept: the virus scanner refused it")
    details = shown.locator(".details .part", has_text="Files sent")
    await expect(details.locator(".file-name")).to_have_text(["x.zip", "截图.png", "明细 2026.pdf"])


async def test_a_file_appears_while_one_looks_and_a_picture_that_cannot_be_had_is_a_row(site: Site) -> None:
    shown = await site.enter("tickets/1042")
    await until(shown, lambda: {"type": "watch", "number": 1042} in site.desk.frames)
    await expect(shown.locator(".details")).not_to_contain_text("Files sent")
    lost = site.desk.keep("gone.png", "image/png", PIXEL)
    site.desk.files.clear()
    await site.desk.say(site.desk.cases[1042], "customer", "", attachments=[lost])
    await expect(lines(shown, "customer").last.locator("a .file-name")).to_have_text("gone.png")
    await expect(lines(shown, "customer").last.locator("img")).to_have_count(0)


async def test_a_pictures_box_has_its_size_before_the_picture_comes(site: Site) -> None:
    site.desk.line(site.desk.cases[1042], "customer", "", attachments=[site.desk.keep("a.png", "image/png", PIXEL)])
    shown = await site.open("tickets/1042")
    await shown.route("**/attachments/**", lambda _: None)
    await sign_in(shown)
    box = await lines(shown, "customer").locator(".picture a").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (220, 165)
    await shown.unroute("**/attachments/**")


async def test_a_customers_text_is_never_read_as_markup_or_links(site: Site) -> None:
    case = site.desk.cases[1042]
    site.desk.line(case, "customer", "<img src=x onerror=alert(1)> **bold** https://evil.example \u202etxt")
    shown = await site.enter("tickets/1042")
    last = lines(shown, "customer").last
    await expect(last.locator(".verbatim")).to_have_text(
        "<img src=x onerror=alert(1)> **bold** https://evil.example txt"
    )
    await expect(last.locator("a, img, strong")).to_have_count(0)


async def test_links_may_lead_to_web_pages_only(site: Site) -> None:
    case = site.desk.cases[1037]
    site.desk.line(case, "bot", "Hi", article={"slug": "evil", "version": 1, "url": "javascript:alert(1)"})
    site.desk.line(case, "agent", "[x](javascript:alert(1)) and [y](https://e.com)", agent={"id": "a-mei", "name": "M"})
    shown = await site.enter("tickets/1037")
    await expect(lines(shown, "bot")).to_contain_text("Article evil")
    links = shown.locator(".line a")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("rel", "noopener noreferrer")


async def test_new_lines_meanings_and_typing_appear_while_one_looks(site: Site) -> None:
    shown = await site.enter("tickets/1042")
    case = site.desk.cases[1042]
    await until(shown, lambda: {"type": "watch", "number": 1042} in site.desk.frames)
    await expect(lines(shown, "customer")).to_have_count(1)
    await site.desk.tell({"type": "typing", "number": 1042})
    await expect(shown.locator(".writing")).to_have_text("陈小明 is writing…")
    said = await site.desk.say(case, "customer", "在吗")
    await expect(lines(shown, "customer")).to_have_count(2)
    await expect(shown.locator(".writing")).to_have_text("")
    await site.desk.tell({"type": "understood", "number": 1042, "line_id": said["id"], "understood": MEANT})
    await expect(lines(shown, "customer").last).to_contain_text("deposit not arrived 94%")


# Acting


async def test_a_take_says_taking_and_is_ours_only_after_the_server_said_so(site: Site) -> None:
    site.desk.gate.clear()
    shown = await site.enter("tickets/1042")
    await take_button(shown).click()
    await expect(shown.get_by_role("button", name="Taking…")).to_be_visible()
    await expect(row(shown, 1042)).to_contain_text("Taking…")
    await expect(composer(shown)).to_have_count(0)
    site.desk.gate.set()
    await expect(composer(shown)).to_be_focused()
    await expect(shown.get_by_role("tab", name="Mine")).to_have_attribute("aria-selected", "true")


async def test_what_was_fetched_before_a_take_and_comes_after_it_does_not_undo_it(site: Site) -> None:
    site.desk.road.clear()
    shown = await site.enter()
    await expect(row(shown, 1042)).to_be_visible()
    await shown.keyboard.press("j")
    await take_button(shown).click()
    await expect(composer(shown)).to_be_focused()
    await shown.keyboard.type("您")
    site.desk.road.set()
    await expect(lines(shown, "customer").first).to_be_visible()
    await expect(composer(shown)).to_be_focused()
    await expect(composer(shown)).to_have_value("您")


async def test_a_case_that_a_colleague_took_first_names_him(site: Site) -> None:
    site.desk.gate.clear()
    shown = await site.enter("tickets/1042")
    await take_button(shown).click()
    site.desk.give(site.desk.cases[1042], "kenji")
    site.desk.gate.set()
    await expect(shown.get_by_role("alert").filter(has_text="taken by")).to_contain_text("#1042 was taken by 佐藤.")
    await expect(shown.get_by_text("holds this case")).to_be_visible()
    await expect(composer(shown)).to_have_count(0)


async def test_an_agent_who_is_full_is_told_what_to_do(site: Site) -> None:
    site.desk.refusals["tickets/*/take"] = [Refusal("full")]
    shown = await site.enter("tickets/1042")
    await take_button(shown).click()
    await expect(shown.get_by_text("Finish one or put one back first")).to_be_visible()
    await expect(take_button(shown)).to_be_visible()


async def test_a_reply_waits_for_its_undo_and_then_is_sent_once(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("Hello\n**Priya**")
    await composer(shown).press("Control+Enter")
    await expect(lines(shown, "agent")).to_contain_text("Sending in a moment")
    await expect(composer(shown)).to_have_value("")
    assert site.desk.of("tickets/*/reply") == []
    await expect(lines(shown, "agent").locator("time")).to_be_visible(timeout=SETTLED_MS)
    await expect(lines(shown, "agent")).to_have_count(1)
    assert [body["text"] for body in site.desk.of("tickets/*/reply")] == ["Hello\n**Priya**"]


async def test_an_undone_reply_returns_to_the_composer_in_front_of_what_was_written_since(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("Too early")
    await composer(shown).press("Control+Enter")
    await composer(shown).fill("and more")
    await lines(shown, "agent").get_by_role("button", name="Undo").click()
    await expect(composer(shown)).to_have_value("Too early\n\nand more")
    await shown.wait_for_timeout(UNDO_MS + 500)
    assert site.desk.of("tickets/*/reply") == []


async def test_a_reply_that_failed_is_kept_and_sent_again_under_the_same_id(site: Site) -> None:
    site.desk.refusals["tickets/*/note"] = [Refusal("unavailable")]
    shown = await site.enter("tickets/1037")
    await shown.get_by_role("button", name="Private note").click()
    await composer(shown).fill("Checked the file")
    await composer(shown).press("Control+Enter")
    await shown.get_by_role("button", name="Send again").click()
    await expect(lines(shown, "note").locator("time")).to_be_visible()
    first, second = site.desk.of("tickets/*/note")
    assert first == second


async def test_a_page_that_is_closed_during_the_undo_sends_what_was_submitted(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("Goodbye")
    await composer(shown).press("Control+Enter")
    await expect(lines(shown, "agent")).to_have_count(1)
    await shown.goto(f"{site.origin}/icon.svg")
    await until(shown, lambda: [body["text"] for body in site.desk.of("tickets/*/reply")] == ["Goodbye"])


async def test_a_note_is_yellow_private_and_sent_at_once(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await shown.get_by_role("button", name="Private note").click()
    await composer(shown).fill("Seems genuine")
    await shown.get_by_role("button", name="Add note").click()
    await expect(lines(shown, "note")).to_contain_text("private note")
    assert [body["text"] for body in site.desk.of("tickets/*/note")] == ["Seems genuine"]
    assert site.desk.of("tickets/*/reply") == []


async def test_a_resolve_can_be_undone_and_else_is_sent_after_the_reply(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    resolve = shown.get_by_role("button", name="Resolve", exact=True)
    await resolve.click()
    await shown.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(shown.locator(".toast")).to_have_count(0)
    await composer(shown).fill("All done")
    await composer(shown).press("Control+Enter")
    await resolve.click()
    await expect(shown.get_by_text("Resolved. A new request")).to_be_visible(timeout=SETTLED_MS)
    acts = [act for act, _ in site.desk.calls if act.endswith(("reply", "resolve"))]
    assert acts == ["tickets/*/reply", "tickets/*/resolve"]


async def test_a_case_goes_back_in_line_or_to_the_bot(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await shown.get_by_role("button", name="Put back in line").click()
    await take_button(shown).click()
    await shown.get_by_role("button", name="Return to the bot").click()
    await expect(shown.get_by_text("Returned to the bot. A new request")).to_be_visible()


async def test_what_is_still_waiting_for_its_undo_is_sent_before_the_case_is_given_away(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("A colleague takes over")
    await composer(shown).press("Control+Enter")
    await shown.get_by_role("button", name="Put back in line").click()
    await expect(take_button(shown)).to_be_visible()
    acts = [act for act, _ in site.desk.calls if act.endswith(("reply", "requeue"))]
    assert acts == ["tickets/*/reply", "tickets/*/requeue"]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("Look at https://examp1e.com/login", "examp1e.com is not one of our own"),
        ("Look at https://127.0.0.1@evil.example/", "evil.example is not one of our own"),
        ("your code is 123456", "a one-time code"),
        ("card 4111 1111 1111 1111", "a card number"),
        ("密码是：hunter2x", "a password"),
        ("legal winner thank year wave sausage worth useful legal winner thank yellow", "a seed phrase"),
    ],
)
async def test_a_secret_or_a_foreign_link_is_sent_only_after_a_second_look(site: Site, text: str, warning: str) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill(text)
    await expect(shown.locator(".warning")).to_contain_text(warning)
    await composer(shown).press("Control+Enter")
    await expect(shown.get_by_role("button", name="Send anyway")).to_be_visible()
    await expect(lines(shown, "agent")).to_have_count(0)
    await composer(shown).press("Control+Enter")
    await expect(lines(shown, "agent")).to_have_count(1)


@pytest.mark.parametrize(
    "text",
    [
        "Please open the page that shows your last order and tell me what you see there now",
        f"Your transaction {TXID} has 30 confirmations; order 1234567890123",
        "See http://127.0.0.1/help/en/deposit and write to me@example.com",
    ],
)
async def test_an_ordinary_reply_is_not_warned_about(site: Site, text: str) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill(text)
    await expect(shown.locator(".warning")).to_have_count(0)


async def test_enter_makes_a_new_line_and_an_input_methods_enter_sends_nothing(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("一")
    await composer(shown).press("Enter")
    await composer(shown).dispatch_event(
        "keydown", {"key": "Enter", "ctrlKey": True, "isComposing": True, "bubbles": True}
    )
    await expect(composer(shown)).to_have_value("一\n")
    await expect(lines(shown, "agent")).to_have_count(0)
    assert len(site.desk.of("tickets/*/typing")) == 1


async def test_a_draft_outlives_a_reload_and_a_note_is_another_draft(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await composer(shown).fill("Half a re")
    await shown.get_by_role("button", name="Private note").click()
    await expect(composer(shown)).to_have_value("")
    await shown.reload()
    await expect(composer(shown)).to_have_value("Half a re")
    await shown.get_by_role("tab", name="Mine").click()
    await expect(row(shown, 1037)).to_contain_text("Draft")


# The keyboard


async def test_a_case_is_handled_from_the_list_to_its_end_without_a_mouse(site: Site) -> None:
    shown = await site.enter()
    await expect(row(shown, 1042)).to_be_visible()
    await shown.keyboard.press("j")
    await expect(row(shown, 1042)).to_be_focused()
    await expect(take_button(shown)).to_be_visible()
    await shown.keyboard.press("t")
    await expect(composer(shown)).to_be_visible()
    await shown.keyboard.press("n")
    await expect(composer(shown)).to_be_focused()
    await shown.keyboard.type("jtneub?/")
    await expect(composer(shown)).to_have_value("jtneub?/")
    await shown.keyboard.press("Control+Enter")
    await expect(lines(shown, "note")).to_have_count(1)
    await shown.keyboard.press("Escape")
    await shown.keyboard.press("r")
    await shown.keyboard.type("您好")
    await shown.keyboard.press("Control+Enter")
    await shown.keyboard.press("Escape")
    await shown.keyboard.press("z")
    await expect(composer(shown)).to_have_value("您好")
    await shown.keyboard.press("e")
    await expect(shown.get_by_text("Resolved. A new request")).to_be_visible(timeout=SETTLED_MS)
    assert site.desk.of("tickets/*/reply") == []


async def test_the_keys_are_explained_and_the_focus_returns(site: Site) -> None:
    shown = await site.enter("tickets/1037")
    await row(shown, 1042).focus()
    await shown.keyboard.press("?")
    await expect(shown.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await shown.keyboard.press("e")
    await shown.keyboard.press("Escape")
    await expect(shown.get_by_role("dialog")).to_have_count(0)
    await expect(row(shown, 1042)).to_be_focused()
    await expect(shown.get_by_role("button", name="Resolve", exact=True)).to_be_visible()


async def test_single_keys_can_be_turned_off(site: Site) -> None:
    shown = await site.enter("account")
    await shown.get_by_label("Single keys act").uncheck()
    await shown.get_by_role("link", name="Inbox").click()
    await expect(row(shown, 1042)).to_be_visible()
    await shown.keyboard.press("j")
    await expect(shown.get_by_text("No case is open")).to_be_visible()


# Being away


async def test_a_lost_connection_is_said_and_everything_is_fresh_after_it(site: Site) -> None:
    shown = await site.enter("tickets/1042")
    await expect(lines(shown, "customer")).to_have_count(1)
    site.desk.deaf = True
    await site.desk.drop()
    await expect(shown.get_by_text("Connection lost")).to_be_visible()
    site.desk.line(site.desk.cases[1042], "customer", "还在吗")
    site.desk.case(1060, customer_name="While away")
    site.desk.deaf = False
    await expect(row(shown, 1060)).to_be_visible(timeout=SETTLED_MS)
    await expect(lines(shown, "customer")).to_have_count(2)
    await expect(shown.get_by_text("Connection lost")).to_have_count(0)


async def test_a_server_that_is_away_at_the_start_offers_another_try(site: Site) -> None:
    site.desk.deaf = True
    shown = await site.open()
    await expect(shown.get_by_role("alert")).to_contain_text("Nothing was lost")
    site.desk.deaf = False
    await shown.get_by_role("button", name="Try again").click()
    await expect(shown.get_by_label("Password", exact=True)).to_be_visible()


# Phones, and schemes


async def test_on_a_phone_list_conversation_and_details_are_pages_with_a_way_back(site: Site) -> None:
    shown = await site.enter(size=PHONE)
    await row(shown, 1042).click()
    await expect(row(shown, 1042)).to_be_hidden()
    await expect(shown.get_by_role("heading", level=1)).to_be_focused()
    await shown.get_by_role("link", name="Customer and details").click()
    await expect(shown.get_by_role("heading", name="Why a person")).to_be_visible()
    await shown.go_back()
    await expect(take_button(shown)).to_be_visible()
    await shown.get_by_role("link", name="Back to the list").click()
    await expect(row(shown, 1042)).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 640), (900, 700)])
@pytest.mark.parametrize("path", ["", "tickets/1037", "tickets/1037/details", "agents", "account"])
async def test_nothing_is_wider_than_the_screen(site: Site, size: tuple[int, int], path: str) -> None:
    site.desk.agents["mei"]["role"] = "admin"
    long = site.desk.keep(f"{TXID}.pdf", "application/pdf", b"%PDF-")
    files = [site.desk.keep("a.png", "image/png", PIXEL), long, {**LOST, "refused": "unavailable"}]
    site.desk.line(site.desk.cases[1037], "customer", TXID * 3, attachments=files)
    shown = await site.enter(path, size)
    await expect(shown.locator("main, .list, .details").locator("visible=true").first).to_be_visible()
    await shown.wait_for_timeout(100)
    wide = await shown.evaluate(WIDER)
    assert wide == []


WIDER: Final = """() => [...document.querySelectorAll('.desk *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.hidden, .row, .head-words'))
    .map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_have_enough_contrast_and_buttons_have_names(site: Site, scheme: str) -> None:
    site.desk.line(site.desk.cases[1037], "agent", "A note", private=True, agent={"id": "a-mei", "name": "Mei Lin"})
    files = [site.desk.keep("a.png", "image/png", PIXEL), site.desk.keep("a.pdf", "application/pdf", b"%PDF-")]
    site.desk.line(site.desk.cases[1037], "customer", "", attachments=[*files, {**LOST, "refused": "too_large"}])
    shown = await site.enter("tickets/1037", color_scheme=scheme)
    await composer(shown).fill("your code is 123456")
    await expect(shown.locator(".warning")).to_be_visible()
    assert await shown.evaluate(FAINT) == []
    assert await shown.evaluate(NAMELESS) == []


FAINT: Final = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const over = (css, under) => {
        canvas.fillStyle = `rgb(${under})`; canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
    const ground = one => {
        const under = one.parentElement ? ground(one.parentElement) : [255, 255, 255];
        return over(getComputedStyle(one).backgroundColor, under);
    };
    return [...document.querySelectorAll('.desk *')].filter(one =>
        [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())
        && one.checkVisibility() && !one.closest('.hidden, [aria-disabled=true]')
    ).map(one => {
        const under = ground(one);
        const [a, b] = [light(over(getComputedStyle(one).color, under)), light(under)].sort((x, y) => y - x);
        return [(a + .05) / (b + .05), one.outerHTML.slice(0, 100)];
    }).filter(([contrast]) => contrast < 4.5);
}"""
NAMELESS: Final = """() => [...document.querySelectorAll('button, a, input, textarea, select')].filter(one =>
    one.checkVisibility() && !one.textContent.trim() && !one.getAttribute('aria-label') && !one.labels?.length
    && !one.querySelector('img:not([alt=""])')
).map(one => one.outerHTML.slice(0, 100))"""


# Administration


async def test_an_admin_adds_changes_and_deactivates_agents(site: Site) -> None:
    site.desk.agents["mei"]["role"] = "admin"
    site.desk.agents["kenji"]["totp_enrolled"] = True
    shown = await site.enter("agents")
    await shown.get_by_role("button", name="Add agent").click()
    dialog = shown.get_by_role("dialog")
    await dialog.get_by_label("Sign-in name").fill("yuki")
    await dialog.get_by_label("Name that customers see").fill("鈴木 ゆき")
    await dialog.get_by_label("Languages").fill("ja, en")
    await dialog.get_by_label("First password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Add agent").click()
    await expect(shown.get_by_role("row").filter(has_text="鈴木 ゆき")).to_contain_text("Japanese, English")
    await shown.get_by_role("button", name="Change 佐藤").click()
    await dialog.get_by_role("button", name="Reset one-time code").click()
    await shown.get_by_role("button", name="Change 佐藤").click()
    await expect(dialog.get_by_role("button", name="Reset one-time code")).to_have_count(0)
    await dialog.get_by_label("Cases at once").fill("2")
    await dialog.get_by_role("button", name="Save").click()
    await shown.get_by_role("button", name="Change 佐藤").click()
    await dialog.get_by_role("button", name="Deactivate").click()
    await expect(shown.get_by_role("row").filter(has_text="佐藤")).to_contain_text("Deactivated")
    changes = site.desk.of("agents/*")
    assert changes[0] == {"reset_totp": True}
    assert changes[1]["capacity"] == 2
    assert changes[2] == {"active": False}


async def test_who_is_no_admin_sees_no_administration(site: Site) -> None:
    shown = await site.enter("agents")
    await expect(shown.get_by_role("link", name="Agents")).to_have_count(0)
    await expect(row(shown, 1042)).to_be_visible()


async def test_an_agent_changes_his_own_password(site: Site) -> None:
    shown = await site.enter("account")
    await shown.get_by_label("Present password").fill("wrong one")
    await shown.get_by_label("New password").fill("a longer password")
    await shown.get_by_role("button", name="Change password").click()
    await expect(shown.get_by_text("This is not your present password")).to_be_visible()
    await shown.get_by_label("Present password").fill(PASSWORD)
    await shown.get_by_role("button", name="Change password").click()
    await expect(shown.get_by_text("Your password is changed")).to_be_visible()
    assert site.desk.passwords["mei"] == "a longer password"

"""The console over HTTP, on both databases."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from aiohttp import WSServerHandshakeError, web
from argon2 import PasswordHasher
from sqlalchemy import select

from bridge.types import (
    AgentReply,
    Attachment,
    Certainty,
    ConversationId,
    Interpretation,
    Noted,
    Ranked,
    Speaker,
    Understood,
)
from bridge.types import Intent as IntentName
from handoff import tables
from handoff.console.accounts import Accounts, NewAgent, ensure_admin
from handoff.console.attempts import Attempts
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.passwords import Passwords
from handoff.console.routes import routes
from handoff.database import Database
from handoff.queues import DeskRules
from handoff.service import HandOff
from handoff.types import Role
from tests.integration.handoff.browser import PASSWORD, Browser, Shown, frame
from tests.integration.handoff.core import MemoryCore, TestClock
from tests.integration.handoff.test_desk import running

Visit = Callable[..., Awaitable[Browser]]
FAR = "203.0.113.9"


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP)


@pytest.fixture(scope="session")
def password_hash() -> str:
    return CHEAP.hash(PASSWORD)


@pytest.fixture
def deps(
    hand_off: HandOff,
    database: Database,
    core: MemoryCore,
    rules: DeskRules,
    clock: TestClock,
    tmp_path: Path,
    passwords: Passwords,
) -> ConsoleDependencies:
    static = tmp_path / "static"
    static.mkdir()
    (static / "app.js").write_text("// the page")
    (tmp_path / "secret.js").write_text("// not for the page")
    return ConsoleDependencies(
        database=database,
        desk=hand_off.desk,
        presences=hand_off.presences,
        history=hand_off.history,
        standings=hand_off.standings,
        live=core,
        rules=rules,
        clock=clock,
        passwords=passwords,
        link=lambda attachment, conversation: f"{attachment.url}?for={conversation}",
        address_of=lambda request: request.headers.get("Test-Address", "127.0.0.1"),
        static=static,
    )


@pytest.fixture
async def people(database: Database, clock: TestClock, password_hash: str) -> None:
    """An admin, and two agents; Bo answers Chinese only."""
    accounts = Accounts(database, clock)
    for name, role, languages in (("root", Role.ADMIN, ()), ("ann", Role.AGENT, ()), ("bo", Role.AGENT, ("zh",))):
        await accounts.add(
            NewAgent(
                name=name,
                display_name=name.title(),
                role=role,
                languages=languages,
                capacity=2,
                password_hash=password_hash,
            )
        )


@pytest.fixture
async def visit(deps: ConsoleDependencies, people: None) -> AsyncIterator[Visit]:
    """Opens browsers on one server."""
    async with AsyncExitStack() as stack:

        async def open_one(name: str | None = None, address: str = "127.0.0.1") -> Browser:
            app = web.Application()
            app.add_routes(routes(deps))
            browser = await Browser.open(app, address)
            stack.push_async_callback(browser.close)
            if name is not None:
                status, _ = await browser.login(name)
                assert status == 200
            return browser

        yield open_one


async def audited(database: Database) -> list[str]:
    async with database.read() as connection:
        query = select(tables.audit.c.action).order_by(tables.audit.c.id)
        return list((await connection.execute(query)).scalars())


async def test_signing_in_answers_who_one_is_and_sets_a_strict_cookie(visit: Visit) -> None:
    browser = await visit()
    response = await browser.client.post("/console/api/login", json={"name": "Ann", "password": PASSWORD})
    answer = await response.json()
    assert (answer["agent"]["name"], answer["agent"]["state"]) == ("ann", "online")
    assert (answer["totp_enrolled"], answer["must_enroll_totp"]) == (False, False)
    cookie = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/console"):
        assert part in cookie
    assert (await browser.get("me"))[1]["csrf"] == answer["csrf"]


async def test_wrong_names_and_wrong_passwords_look_the_same(visit: Visit) -> None:
    browser = await visit()
    answers = [await browser.login("ann", "wrong password"), await browser.login("nobody", "wrong password")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 401 and answers[0][1]["code"] == "wrong_login"


async def test_guessing_is_limited_by_address_even_when_many_guess_at_once(visit: Visit) -> None:
    browser = await visit(address=FAR)
    answers = await asyncio.gather(*(browser.login("ann", "wrong password") for _ in range(14)))
    codes = [answer["code"] for _, answer in answers]
    assert codes.count("wrong_login") == 10
    limited = next(answer for _, answer in answers if answer["code"] == "rate_limited")
    assert 0 < limited["retry_after"] <= 300
    assert (await browser.login("ann"))[0] == 429
    other = await visit(address="203.0.113.10")
    assert (await other.login("ann"))[0] == 200


async def test_signing_in_well_never_limits_anybody(visit: Visit) -> None:
    browser = await visit()
    for _ in range(12):
        assert (await browser.login("ann"))[0] == 200


async def test_a_session_ends_by_idleness_by_age_and_by_signing_out(visit: Visit, clock: TestClock) -> None:
    browser = await visit("ann")
    clock.forward(2 * 3600 + 1)
    assert (await browser.get("me"))[0] == 401
    browser = await visit("ann")
    for _ in range(12):
        clock.forward(3600)
        status, _ = await browser.get("me")
    clock.forward(1)
    assert status == 200
    assert (await browser.get("me"))[0] == 401
    browser = await visit("ann")
    cookies = browser.client.session.cookie_jar.filter_cookies(browser.client.make_url("/console"))
    kept = cookies["switchboard_session"].value
    assert (await browser.send("logout"))[0] == 200
    browser.headers["Cookie"] = f"switchboard_session={kept}"
    assert (await browser.get("me"))[0] == 401


async def test_sql_holds_no_session_id(visit: Visit, database: Database) -> None:
    browser = await visit("ann")
    cookies = browser.client.session.cookie_jar.filter_cookies(browser.client.make_url("/console"))
    async with database.read() as connection:
        (row,) = (await connection.execute(select(tables.sessions))).mappings()
    assert cookies["switchboard_session"].value not in str(dict(row))


@pytest.mark.parametrize("headers", [{"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é"}])
async def test_a_change_without_the_sessions_own_token_is_refused(visit: Visit, headers: dict[str, str]) -> None:
    browser = await visit("ann")
    status, answer = await browser.send("presence", {"state": "away"}, headers=headers)
    assert (status, answer["code"]) == (403, "csrf")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_change_from_another_site_is_refused(visit: Visit, origin: str) -> None:
    browser = await visit("ann")
    status, answer = await browser.send("presence", {"state": "away"}, headers={"Origin": origin})
    assert (status, answer["code"]) == (403, "not_allowed")
    status, _ = await browser.send("login", {"name": "ann", "password": PASSWORD}, headers={"Origin": origin})
    assert status == 403


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"state": "here"}',
        '{"state": "away", "more": 1}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        '{"state": "' + "x" * 70_000 + '"}',
        "[" * 5000,
    ],
)
async def test_a_body_that_is_not_as_agreed_is_a_bad_request(visit: Visit, body: str) -> None:
    browser = await visit("ann")
    status, answer = await browser.send("presence", body, headers={"Content-Type": "application/json"})
    assert (status, answer["code"]) == (400, "bad_request")


async def test_every_refusal_is_json_with_code_and_detail(visit: Visit) -> None:
    browser = await visit()
    for path in ("me", "tickets", "tickets/1", "agents", "nothing"):
        status, answer = await browser.get(path)
        assert status in (401, 404) and set(answer) == {"code", "detail"}
    browser = await visit("ann")
    for number in ("99", "x", "-1", "1e3", "٣", "9" * 40):
        assert (await browser.get(f"tickets/{number}"))[0] == 404


async def test_only_admins_see_and_change_agents(visit: Visit) -> None:
    browser = await visit("ann")
    assert (await browser.get("agents"))[1]["code"] == "not_allowed"
    assert (await browser.send("agents", {}))[1]["code"] == "not_allowed"
    assert (await browser.send("agents/x", {}, method="PATCH"))[1]["code"] == "not_allowed"


async def test_an_admin_adds_an_agent_who_can_sign_in(visit: Visit, database: Database) -> None:
    admin = await visit("root")
    wanted = {
        "name": "Kim@Desk",
        "display_name": "金 Kim",
        "role": "agent",
        "languages": ["ko"],
        "capacity": 4,
        "password": "another long password",
    }
    status, answer = await admin.send("agents", wanted)
    assert (status, answer["agent"]["name"], answer["agent"]["languages"]) == (200, "kim@desk", ["ko"])
    assert (await admin.send("agents", wanted))[1]["code"] == "not_allowed"
    assert (await admin.send("agents", wanted | {"name": "x", "password": "short"}))[1]["code"] == "bad_request"
    browser = await visit()
    assert (await browser.login("kim@desk", "another long password"))[0] == 200
    assert "agent_added" in await audited(database)


async def test_an_agent_who_is_shut_out_is_signed_out_at_once(visit: Visit) -> None:
    admin, ann = await visit("root"), await visit("ann")
    socket = await ann.live()
    await frame(socket, "snapshot")
    agents = (await admin.get("agents"))[1]["agents"]
    ann_id = next(agent["id"] for agent in agents if agent["name"] == "ann")
    assert (await admin.send(f"agents/{ann_id}", {"active": False}, method="PATCH"))[0] == 200
    await frame(socket, "signed_out")
    assert (await ann.get("me"))[0] == 401
    assert (await ann.login("ann"))[0] == 401


async def test_the_last_admin_cannot_shut_himself_out(visit: Visit) -> None:
    admin = await visit("root")
    own = (await admin.get("me"))[1]["agent"]["id"]
    for change in ({"active": False}, {"role": "agent"}):
        status, answer = await admin.send(f"agents/{own}", change, method="PATCH")
        assert (status, answer["code"]) == (403, "not_allowed")


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(visit: Visit) -> None:
    here, there = await visit("ann"), await visit("ann")
    change = {"old": "not the old one", "new": "a quite new password"}
    assert (await here.send("password", change))[0] == 401
    assert (await here.send("password", change | {"old": PASSWORD}))[0] == 200
    assert (await here.get("me"))[0] == 200
    assert (await there.get("me"))[0] == 401
    assert (await there.login("ann"))[0] == 401
    assert (await there.login("ann", "a quite new password"))[0] == 200


async def test_a_one_time_code_is_asked_for_and_good_once(visit: Visit, clock: TestClock) -> None:
    browser = await visit("ann")
    start = (await browser.send("totp/start"))[1]
    assert start["uri"].startswith("otpauth://totp/") and "<svg" in start["qr_svg"]
    totp = pyotp.TOTP(start["secret"])
    assert (await browser.send("totp/confirm", {"code": "000000"}))[0] == 400
    code = totp.at(clock.now())
    assert (await browser.send("totp/confirm", {"code": code}))[0] == 200

    other = await visit()
    assert (await other.login("ann"))[1]["code"] == "totp_needed"
    assert (await other.login("ann", totp=code))[1]["code"] == "wrong_login"  # it was used to enroll
    clock.forward(30)
    code = totp.at(clock.now())
    third = await visit()
    answers = await asyncio.gather(*(browser.login("ann", totp=code) for browser in (other, third)))
    assert sorted(status for status, _ in answers) == [200, 401]


async def test_sign_ins_at_once_never_wait_for_each_other(database: Database, clock: TestClock) -> None:
    async def sign_in() -> None:
        for _ in range(20):
            assert await attempts.count("ann", FAR) is None
            await attempts.forgive("ann", FAR, 4)

    attempts = Attempts(database, clock)
    await asyncio.gather(*(sign_in() for _ in range(4)))


async def test_attempts_are_forgotten_after_their_time(database: Database, clock: TestClock) -> None:
    attempts = Attempts(database, clock)
    waits = [await attempts.count("ann", FAR) for _ in range(11)]
    assert waits == [None] * 10 + [300]
    clock.forward(301)
    assert await attempts.count("bo", "203.0.113.10") is None
    async with database.read() as connection:
        assert len((await connection.execute(select(tables.login_attempts))).all()) == 2
    assert await attempts.count("ann", FAR) is None


async def test_an_admin_from_afar_must_set_up_a_one_time_code_first(visit: Visit, clock: TestClock) -> None:
    admin = await visit("root", address=FAR)
    assert (await admin.get("me"))[1]["must_enroll_totp"] is True
    for path in ("tickets", "agents"):
        assert (await admin.get(path))[1]["code"] == "totp_enroll_needed"
    with pytest.raises(WSServerHandshakeError):
        await admin.live()
    secret = (await admin.send("totp/start"))[1]["secret"]
    await admin.send("totp/confirm", {"code": pyotp.TOTP(secret).at(clock.now())})
    assert (await admin.get("agents"))[0] == 200


async def test_an_admin_on_this_machine_may_do_without(visit: Visit) -> None:
    admin = await visit("root", address="::1")
    assert (await admin.get("me"))[1]["must_enroll_totp"] is False
    assert (await admin.get("agents"))[0] == 200


async def test_the_first_admin_gets_a_password_only_the_owner_can_read(
    database: Database, clock: TestClock, tmp_path: Path, passwords: Passwords
) -> None:
    await asyncio.gather(*(ensure_admin(database, passwords, clock, var=tmp_path, password=None) for _ in range(3)))
    path = tmp_path / "admin-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [name for name in os.listdir(tmp_path) if "admin" in name] == ["admin-password"]
    row = await Accounts(database, clock).find("admin")
    assert row is not None and row["role"] == "admin"
    assert await passwords.fits(row["password_hash"], path.read_text().strip())


async def test_a_given_password_counts_only_while_no_admin_exists(
    database: Database, clock: TestClock, tmp_path: Path, passwords: Passwords
) -> None:
    for password in ("the first password", "another password"):
        await ensure_admin(database, passwords, clock, var=tmp_path, password=password)
    row = await Accounts(database, clock).find("admin")
    assert row is not None and await passwords.fits(row["password_hash"], "the first password")
    assert not (tmp_path / "admin-password").exists()


async def test_a_day_at_the_desk(
    visit: Visit, core: MemoryCore, hand_off: HandOff, database: Database, clock: TestClock
) -> None:
    ann, bo = await visit("ann"), await visit("bo")
    request = core.ask("a", subject="Deposit not arrived", name="Kim")
    core.line(request.conversation, Speaker.CUSTOMER, "where is it?")
    async with running(hand_off):
        async with asyncio.timeout(5):
            while not core.opened():
                await asyncio.sleep(0.01)
        (row,) = (await ann.get("tickets?view=waiting"))[1]["tickets"]
        assert (row["number"], row["status"], row["customer_name"]) == (1, "waiting", "Kim")
        assert row["last"] == {"from": "customer", "text": "where is it?", "at": "2026-11-22T12:00:00.000Z"}
        taken = (await ann.send("tickets/1/take"))[1]["ticket"]
        assert (taken["status"], taken["agent"]["name"]) == ("held", "Ann")
        assert (await bo.send("tickets/1/take"))[1]["code"] == "taken"
        assert (await bo.send("tickets/1/reply", {"id": "1", "text": "hi"}))[1]["code"] == "not_yours"
        for _ in range(2):
            assert (await ann.send("tickets/1/reply", {"id": "r-1", "text": "Found it."}))[0] == 200
        await ann.send("tickets/1/note", {"id": "n-1", "text": "VIP"})
        await ann.send("tickets/1/typing")
        case = (await ann.get("tickets/1"))[1]
        assert [(line["from"], line["text"], line["private"]) for line in case["lines"]] == [
            ("customer", "where is it?", False),
            ("agent", "Found it.", False),
            ("agent", "VIP", True),
        ]
        assert case["standing"]["status"] == "human"
        assert (await ann.get("tickets?view=mine"))[1]["tickets"][0]["number"] == 1
        assert (await ann.send("tickets/1/resolve"))[1]["ticket"]["ending"] == "resolved"
        assert (await ann.get("tickets?view=solved"))[1]["tickets"][0]["number"] == 1
    assert len([entry for entry in core.puts if isinstance(entry, AgentReply)]) == 1
    assert len([entry for entry in core.puts if isinstance(entry, Noted)]) == 1
    assert {"type": "typing", "from": "agent"} in core.told("web:a")
    assert [action for action in await audited(database) if action.startswith("ticket")] == [
        "ticket_taken",
        "ticket_replied",
        "ticket_replied",
        "ticket_noted",
        "ticket_viewed",
        "ticket_resolved",
    ]


async def test_a_customers_files_are_shown_with_links_in_the_case_and_in_the_feed(
    visit: Visit, core: MemoryCore, hand_off: HandOff
) -> None:
    ann = await visit("ann")
    kept = Attachment(name="a.png", media_type="image/png", size=9, url="/attachments/1/a.png")
    refused = Attachment(name="x.exe", media_type="application/x", size=7, url="", refused="type_refused")
    rows = [
        {"name": "a.png", "media_type": "image/png", "size": 9, "url": "/attachments/1/a.png?for=web:a", "image": True},
        {
            "name": "x.exe",
            "media_type": "application/x",
            "size": 7,
            "url": "",
            "image": False,
            "refused": "type_refused",
        },
    ]
    web_a = core.ask("a").conversation
    core.line(web_a, Speaker.CUSTOMER, "", attachments=(kept, refused))
    await hand_off.records.advance(0)
    core.line(web_a, Speaker.CUSTOMER, "again", attachments=(kept,))
    async with running(hand_off):
        _, case = await ann.get("tickets/1")
        assert [line["attachments"] for line in case["lines"]] == [rows, rows[:1]]
        live = await ann.live()
        await frame(live, "snapshot")
        await live.send_json({"type": "watch", "number": 1})
        assert (await frame(live, "line"))["line"]["attachments"] == rows


async def test_capacity_is_told_as_full(visit: Visit, core: MemoryCore, hand_off: HandOff) -> None:
    ann = await visit("ann")
    for key in "abc":
        core.ask(key)
    await hand_off.records.advance(0)
    async with running(hand_off):
        codes = [(await ann.send(f"tickets/{number}/take"))[1].get("code") for number in (1, 2, 3)]
    assert codes == [None, None, "full"]


async def test_waiting_cases_are_ordered_for_the_agent_who_asks(
    visit: Visit, core: MemoryCore, hand_off: HandOff, clock: TestClock
) -> None:
    core.ask("a", language="en")
    clock.forward(1)
    core.ask("b", language="zh")
    clock.forward(1)
    core.ask("c", language="en", urgent=True)
    await hand_off.records.advance(0)
    orders = {}
    for name in ("ann", "bo"):
        rows = (await (await visit(name)).get("tickets"))[1]["tickets"]
        orders[name] = [(row["number"], row["why"]) for row in rows]
        assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert orders["ann"] == [(3, ["urgent", "waiting"]), (1, ["waiting"]), (2, ["waiting"])]
    assert orders["bo"] == [
        (3, ["urgent", "other_language", "waiting"]),
        (2, ["language", "waiting"]),
        (1, ["other_language", "waiting"]),
    ]


async def test_the_feed_shows_what_comes_and_goes(
    visit: Visit, core: MemoryCore, hand_off: HandOff, clock: TestClock
) -> None:
    ann, bo = await visit("ann"), await visit("bo")
    async with running(hand_off):
        hers, his = Shown(await ann.live()), Shown(await bo.live())
        await hers.until(lambda shown: "Ann" in shown.agents)
        core.ask("a")
        for shown in (hers, his):
            await shown.until(lambda shown: 1 in shown.tickets)
        await ann.send("tickets/1/take")
        await his.until(lambda shown: 1 not in shown.tickets)
        await hers.until(lambda shown: shown.tickets[1]["status"] == "held")
        await his.until(lambda shown: shown.agents["Ann"]["held"] == 1)
        core.line(ConversationId("web:a"), Speaker.CUSTOMER, "are you there?")
        await hers.until(lambda shown: (shown.tickets[1]["last"] or {}).get("text") == "are you there?")
        await ann.send("tickets/1/requeue")
        await his.until(lambda shown: 1 in shown.tickets and shown.agents["Ann"]["held"] == 0)
        await ann.send("tickets/1/take")
        await ann.send("tickets/1/resolve")
        await hers.until(lambda shown: 1 not in shown.tickets)


async def test_watching_a_ticket_shows_its_lines_edits_typing_and_meaning(
    visit: Visit, core: MemoryCore, hand_off: HandOff, clock: TestClock
) -> None:
    ann = await visit("ann")
    request = core.ask("a")
    web_a = request.conversation
    first = core.line(web_a, Speaker.CUSTOMER, "frist", client_id="m:1")  # type: ignore[arg-type]
    await hand_off.records.advance(0)
    async with running(hand_off):
        live = await ann.live()
        await frame(live, "snapshot")
        await live.send_json({"type": "watch", "number": 1})
        assert (await frame(live, "line"))["line"]["text"] == "frist"
        core.line(web_a, Speaker.CUSTOMER, "second")
        await core.publish(web_a, '{"type":"lines","lines":[],"after":1}')
        assert (await frame(live, "line"))["line"]["text"] == "second"
        core.line(web_a, Speaker.CUSTOMER, "first", edits="m:1")  # type: ignore[arg-type]
        await core.publish(web_a, '{"type":"lines","lines":[],"after":2}')
        edited = (await frame(live, "line"))["line"]
        assert (edited["id"], edited["text"], edited["edited"]) == (first.id, "first", True)
        await core.publish(web_a, '{"type":"typing","from":"user"}')
        assert (await frame(live, "typing"))["number"] == 1
        meant = Interpretation(
            ranking=(Ranked(intent=IntentName("deposit"), confidence=0.9),), language="en", certainty=Certainty.SURE
        )
        core.record(web_a, Understood(conversation=web_a, line=first.id, interpretation=meant))
        understood = await frame(live, "understood")
        assert (understood["line_id"], understood["understood"]["ranking"]) == (
            first.id,
            [{"intent": "deposit", "confidence": 0.9}],
        )
        await live.send_json({"type": "unwatch", "number": 1})


@pytest.mark.parametrize("text", ["{", "[]", '{"type":"dance"}', '{"type":"watch"}', '{"type":"watch","number":99}'])
async def test_a_frame_that_is_not_as_agreed_is_answered_and_the_feed_goes_on(visit: Visit, text: str) -> None:
    live = await (await visit("ann")).live()
    await frame(live, "snapshot")
    await live.send_str(text)
    assert (await frame(live, "error"))["code"] in ("bad_request", "not_found")
    await live.send_json({"type": "alive"})
    assert not live.closed


async def test_the_feed_asks_for_cookie_and_origin(visit: Visit) -> None:
    stranger, ann = await visit(), await visit("ann")
    with pytest.raises(WSServerHandshakeError) as refused:
        await stranger.live()
    assert refused.value.status == 401
    for headers in ({"Origin": "https://evil.example"}, {}):
        with pytest.raises(WSServerHandshakeError) as refused:
            await ann.client.ws_connect("/console/live", headers=headers)
        assert refused.value.status == 403


async def test_an_open_page_keeps_its_agent_present(
    visit: Visit, hand_off: HandOff, clock: TestClock, database: Database
) -> None:
    ann = await visit("ann")
    live = await ann.live()
    await frame(live, "snapshot")
    for _ in range(5):
        clock.forward(20)
        await live.send_json({"type": "alive"})
        await live.send_str("?")
        await frame(live, "error")
    assert (await ann.get("me"))[1]["agent"]["state"] == "online"
    clock.forward(61)
    assert (await (await visit("root")).get("agents"))[1]["agents"][0]["state"] == "offline"


async def test_the_page_is_served_under_a_strict_policy(visit: Visit) -> None:
    browser = await visit()
    for path in ("/console/", "/console/tickets/7"):
        response = await browser.client.get(path)
        page = await response.text()
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "/console/static/app.js" in page
        assert "<script>" not in page and "style=" not in page and "onload" not in page
    response = await browser.client.get("/console/static/app.js")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize("name", ["..%2Fsecret.js", "%2e%2e%2fsecret.js", "nothing.js", "app.py", "..", "%00.js"])
async def test_no_file_but_the_pages_own_is_served(visit: Visit, name: str) -> None:
    from yarl import URL

    browser = await visit()
    url = URL(f"{browser.origin}/console/static/{name}", encoded=True)
    response = await browser.client.session.get(url)
    assert "not for the page" not in await response.text()
    assert response.status == 404 or "Switchboard" in await response.text()


async def test_a_console_is_closed_when_the_program_stops(visit: Visit, deps: ConsoleDependencies) -> None:
    live = await (await visit("ann")).live()
    await frame(live, "snapshot")
    deps.stop.set()
    while not live.closed:
        await live.receive(timeout=5)
    assert live.close_code == 1001


def test_sessions_last_no_longer_than_a_working_day() -> None:
    from handoff.console.sessions import IDLE, LONGEST

    assert timedelta(hours=2) == IDLE and timedelta(hours=12) == LONGEST

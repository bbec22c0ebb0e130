"""A studio with a password, as a stranger, a reader and an operator meet it."""

import base64
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.async_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from studio.access import Access
from studio.guard import guard
from studio.sessions import Sessions
from tests.conftest import REPOSITORY
from tests.deadline import DEADLINE
from tests.studio.locked import OPERATOR, READER

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
PAGES = ("/", "/learning", "/favourites", "/operations")
WORDS = "Open past the last page."  # Of a reader in the exhibition.
ADDRESSES = (f"198.51.100.{n}" for n in itertools.count(1))


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = str(tmp_path_factory.mktemp("locked"))
    command = [sys.executable, "-m", "tests.studio.locked", folder]
    with subprocess.Popen(  # noqa: S603 - our own words.
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def stranger(locked: str) -> Iterator[httpx.Client]:
    """Comes by an address of its own, for tries are counted by address."""
    headers = {"X-Forwarded-For": next(ADDRESSES), "Accept": "text/html"}
    with httpx.Client(base_url=locked, headers=headers, timeout=DEADLINE) as client:
        yield client


def sign_in(client: httpx.Client, password: str, to: str = "/") -> httpx.Response:
    return client.post("/sign-in", data={"password": password, "to": to})


def session_in(client: httpx.Client) -> dict[str, Any]:
    content, _, _ = client.cookies["rhapsode"].partition(".")
    found: dict[str, Any] = json.loads(base64.b64decode(content))
    return found


def reader_in(client: httpx.Client) -> str:
    """Whose pieces the page shows."""
    assert client.get("/").status_code == 200
    return str(session_in(client)["id"])


def cookie_of(client: httpx.Client) -> str:
    return f"rhapsode={client.cookies['rhapsode']}"


def hand_shake(url: str, **headers: str) -> int:
    """What a WebSocket is answered."""
    try:
        with connect(url.replace("http", "ws") + SOCKET, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_door(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to={path}")


@pytest.mark.parametrize(
    "path",
    [
        "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
        "//learning",
        "/static/../learning",
        "/static/%2e%2e/learning",
        "/sign-in/../learning",
        "/Learning",
    ],
)
def test_no_other_way_leads_in(stranger: httpx.Client, path: str) -> None:
    answer = stranger.send(httpx.Request("GET", str(stranger.base_url).rstrip("/") + path))

    assert answer.status_code in {303, 401, 404}
    assert "nicegui" not in answer.text


def test_a_socket_is_for_those_who_have_signed_in_and_come_from_our_own_page(
    locked: str, stranger: httpx.Client
) -> None:
    assert hand_shake(locked) == 403

    sign_in(stranger, READER)

    assert hand_shake(locked, Cookie=cookie_of(stranger)) == 101
    assert hand_shake(locked, Cookie=cookie_of(stranger), Origin=locked) == 101
    assert hand_shake(locked, Cookie=cookie_of(stranger), Origin="https://evil.example.org") == 403
    assert hand_shake(locked, Cookie=cookie_of(stranger), Origin="null") == 403


def test_a_page_of_somebody_else_can_neither_sign_in_nor_out(stranger: httpx.Client) -> None:
    for path in ("/sign-in", "/sign-out"):
        answer = stranger.post(
            path, data={"password": OPERATOR, "to": "/"}, headers={"Origin": "https://evil.example.org"}
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_guessing_ends_after_five_tries_even_with_the_right_word(stranger: httpx.Client) -> None:
    answers = [sign_in(stranger, f"guess {n}").status_code for n in range(5)]
    assert answers == [401] * 5

    refused = sign_in(stranger, OPERATOR)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert stranger.get("/").status_code == 303


def test_the_readers_word_takes_no_wrong_one_back(stranger: httpx.Client) -> None:
    words = [*(f"guess {n}" for n in range(4)), READER, READER, "guess 5", OPERATOR]

    answers = [sign_in(stranger, word).status_code for word in words]

    assert answers == [401, 401, 401, 401, 303, 303, 401, 429]


def test_the_operators_word_does(stranger: httpx.Client) -> None:
    words = [*(f"guess {n}" for n in range(4)), OPERATOR, "guess 5", "guess 6"]

    assert [sign_in(stranger, word).status_code for word in words] == [401, 401, 401, 401, 303, 401, 401]


def test_of_addresses_that_were_forwarded_the_last_one_counts(stranger: httpx.Client) -> None:
    address = stranger.headers["X-Forwarded-For"]

    def guess(number: int) -> int:
        stranger.headers["X-Forwarded-For"] = f"203.0.113.{number}, {address}"  # The first is anybody's word.
        return sign_in(stranger, f"guess {number}").status_code

    assert [guess(n) for n in range(6)] == [401] * 5 + [429]


def test_who_signs_out_is_the_same_reader_next_time(stranger: httpx.Client) -> None:
    sign_in(stranger, READER)
    reader = reader_in(stranger)
    stranger.post("/sign-out")
    assert stranger.get("/").status_code == 303

    sign_in(stranger, READER)

    assert reader_in(stranger) == reader


def test_nobody_becomes_a_reader_of_other_rights_or_of_none(stranger: httpx.Client) -> None:
    stranger.get("/static/studio.css")  # NiceGUI knows one again from here on.
    planted = session_in(stranger)["id"]
    sign_in(stranger, READER)
    reader = reader_in(stranger)
    sign_in(stranger, OPERATOR)

    assert len({planted, reader, reader_in(stranger)}) == 3


def test_the_cookie_is_signed_and_out_of_reach_of_scripts(stranger: httpx.Client) -> None:
    answer = sign_in(stranger, READER)

    assert answer.status_code == 303
    assert "httponly" in answer.headers["set-cookie"]
    assert "samesite=lax" in answer.headers["set-cookie"]
    content, _, signature = stranger.cookies["rhapsode"].partition(".")
    forged = json.loads(base64.b64decode(content))
    forged["badge"]["role"] = "operator"
    stranger.cookies.clear()
    stranger.cookies["rhapsode"] = f"{base64.b64encode(json.dumps(forged).encode()).decode()}.{signature}"
    assert stranger.get("/").status_code == 303


@pytest.mark.parametrize("to", ["https://evil.example.org/", "//evil.example.org", "/\\evil", "javascript:1"])
def test_nobody_is_led_elsewhere(stranger: httpx.Client, to: str) -> None:
    assert "evil" not in stranger.get("/sign-in", params={"to": to}).text

    assert sign_in(stranger, READER, to).headers["location"] == "/"


def test_what_a_stranger_sends_is_short(stranger: httpx.Client) -> None:
    assert sign_in(stranger, "x" * 5000).status_code in {303, 401}
    assert sign_in(stranger, "x" * 5000).text == "Sign in first."
    chunked = stranger.post("/sign-in", content=iter([b"password=", b"x"]))
    assert chunked.text == "Sign in first."


def test_who_signs_out_leaves_no_page_open_and_no_cookie_that_works(
    locked: str, stranger: httpx.Client
) -> None:
    sign_in(stranger, OPERATOR)
    copied = cookie_of(stranger)
    with connect(locked.replace("http", "ws") + SOCKET, additional_headers={"Cookie": copied}) as socket:
        socket.recv(timeout=DEADLINE)  # The server's greeting.

        assert stranger.post("/sign-out").headers["location"] == "/sign-in"

        socket.send("40")
        with pytest.raises(ConnectionClosed):
            list(iter(lambda: socket.recv(timeout=DEADLINE), None))
    assert stranger.get("/", headers={"Cookie": copied}).status_code == 303
    assert hand_shake(locked, Cookie=copied) == 403


def test_a_reader_sees_no_words_of_others_and_has_nothing_to_steer(stranger: httpx.Client) -> None:
    sign_in(stranger, READER)
    pages = {path: stranger.get(path).text for path in PAGES}
    assert WORDS not in "".join(pages.values())
    assert "Run now" not in pages["/learning"]
    assert "Only operators can do that here." in pages["/operations"]
    assert "/operations" not in pages["/"]

    sign_in(stranger, OPERATOR)

    assert WORDS in stranger.get("/favourites").text
    assert "Run now" in stranger.get("/learning").text
    assert "/operations" in stranger.get("/").text


def test_machines_are_answered_without_words_of_anybody(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").json()["services"] == {"database": "ok"}
    assert stranger.get("/metrics").status_code == 200


def test_every_answer_tells_the_browser_what_it_may_do(stranger: httpx.Client) -> None:
    door = stranger.get("/sign-in")
    assert "script-src" not in door.headers["content-security-policy"]
    assert "default-src 'none'" in door.headers["content-security-policy"]
    sign_in(stranger, READER)

    for path in ("/", "/healthz", "/static/studio.css", "/nowhere"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert "default-src 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert stranger.get("/").headers["cache-control"] == "no-store"


def test_over_https_the_cookie_stays_there() -> None:
    app = FastAPI()
    guard(app, Sessions(Access(https=True)), "secret")

    @app.get("/")
    def page() -> None: ...

    with TestClient(app, base_url="https://localhost") as client:
        assert client.get("/").headers["strict-transport-security"] == "max-age=31536000"
    assert [m.kwargs.get("https_only") for m in app.user_middleware][1] is True
    assert str(app.user_middleware[1].kwargs["session_cookie"]).startswith("__Host-")


@pytest.mark.asyncio(loop_scope="session")
async def test_one_signs_in_with_the_keyboard_and_comes_to_the_page_one_wanted(
    page: Page, locked: str
) -> None:
    await page.goto(f"{locked}/learning")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type(READER)
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(f"{locked}/learning")
    await expect(page.get_by_role("heading", name="Learning")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Password")).to_be_visible()

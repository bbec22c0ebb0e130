"""The page on which one signs in: plain HTML without a script, so its policy can forbid them all."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

from bots.texts import say
from studio.access import badge_in, enter, is_one_of_ours, leave
from studio.frame import PAGES
from studio.guard import SIGN_IN, SIGN_OUT
from studio.sessions import Sessions, TooManyTries
from studio.visitor import preferred_locale

log = structlog.get_logger(__name__)

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def routes(sessions: Sessions) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    pages = Jinja2Templates(Path(__file__).parent / "templates")
    tries = ThreadPoolExecutor(1, "sign-in")  # One at a time anyway; so no page waits behind them.

    def page(request: Request, to: str, told: str = "", status: int = 200) -> Response:
        locale = preferred_locale(request.headers.get("accept-language", ""))
        names = ("name", "tagline", "sign-in", "password", "sign-in-lead")
        words = {name.replace("-", "_"): say(locale, f"studio-{name}") for name in names}
        context = {"locale": locale, "words": words, "told": told, "to": to, "action": SIGN_IN}
        answer = pages.TemplateResponse(request, "sign_in.html", context, status_code=status)
        answer.headers["Content-Security-Policy"] = _POLICY
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def where(to: str) -> str:
        return to if is_one_of_ours(to, PAGES) else PAGES["write"]

    @router.get(SIGN_IN)
    async def ask(request: Request, to: str = "") -> Response:
        return page(request, where(to))

    @router.post(SIGN_IN)
    async def answer(
        request: Request, password: Annotated[str, Form()], to: Annotated[str, Form()]
    ) -> Response:
        locale = preferred_locale(request.headers.get("accept-language", ""))
        address, loop = request.client.host if request.client else "", asyncio.get_running_loop()
        try:
            badge = await loop.run_in_executor(tries, sessions.sign_in, password, address)
        except TooManyTries as error:
            log.warning("a password was tried too often", address=address)
            minutes = -(-error.seconds // 60)
            refused = page(request, where(to), say(locale, "studio-too-many-tries", minutes=minutes), 429)
            refused.headers["Retry-After"] = str(error.seconds)
            return refused
        if badge is None:
            log.warning("a wrong password", address=address)
            return page(request, where(to), say(locale, "studio-wrong-password"), 401)
        log.info("signed in", role=badge.role, address=address)
        enter(request.session, badge, sessions.access)
        return RedirectResponse(where(to), status_code=303)

    @router.post(SIGN_OUT)
    async def sign_out(request: Request) -> Response:
        badge = badge_in(request.session, sessions.access)
        if badge is not None:
            sessions.sign_out(badge)
        leave(request.session)
        return RedirectResponse(SIGN_IN, status_code=303)

    return router

"""What every request passes: may it be answered at all, and what must the browser know of the answer?"""

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots.texts import say
from studio.access import HOST_ITSELF, Access, Badge, badge_in, objection_to
from studio.sessions import Sessions

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
# What is shown before one has signed in, and what machines ask: figures, and no words of anybody.
_OPEN = (SIGN_IN, "/healthz", "/metrics", "/favicon.ico", "/static/")

# NiceGUI's page is a script with the page's elements in it, and compiles Vue's templates: it needs both.
_SCRIPTS = "'self' 'unsafe-inline' 'unsafe-eval'"
_POLICY = {
    "default-src": "'self'",
    "script-src": _SCRIPTS,
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # With "no-referrer" our own form would come with Origin: null.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
A_YEAR = 365 * 24 * 3600  # Seconds that a browser keeps the reader's cookie; each visit renews it.
_LONGEST = 4096  # Bytes of what somebody sends who has not signed in.


def guard(app: FastAPI, sessions: Sessions, storage_secret: str) -> None:
    """Put the three before the app: doors, signed cookie, gate. The first is asked first."""
    https = sessions.access.https
    app.add_middleware(Gate, sessions=sessions)
    app.add_middleware(
        SessionMiddleware,
        secret_key=storage_secret,
        # With this prefix a browser lets no other host, and no page over plain http, set the cookie.
        session_cookie="__Host-rhapsode" if https else "rhapsode",
        max_age=A_YEAR,
        same_site="lax",  # A link to the studio finds the reader; a form on another site does not.
        https_only=https,
    )
    app.add_middleware(Doors, access=sessions.access)


class Doors:
    """The outermost: refuses what comes through somebody else's page or name, and adds the headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        extra = {"Strict-Transport-Security": f"max-age={A_YEAR}"} if access.https else {}
        self._headers = _HEADERS | extra

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        objection = objection_to(Headers(scope=scope), self._access)
        if objection:
            answer = PlainTextResponse(say("en", objection), status_code=403)
            await _refuse(answer, scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


class Gate:
    """Within the session: whoever has not signed in is sent to where one does."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        badge = badge_of(HTTPConnection(scope), self._sessions)
        if badge is not None:
            await self._app(scope, self._while_it_holds(badge, scope, receive), send)
        elif _is_open(scope["path"]) and not _is_long(scope):
            await self._app(scope, receive, send)
        else:
            await _refuse(_to_sign_in(scope), scope, receive, send)

    def _while_it_holds(self, badge: Badge, scope: Scope, receive: Receive) -> Receive:
        """An open page ends with the badge: nothing that it sends after that is heard."""
        if scope["type"] != "websocket":
            return receive

        async def hear() -> Message:
            message = await receive()
            return message if self._sessions.holds(badge) else {"type": "websocket.disconnect", "code": 1008}

        return hear


def badge_of(connection: HTTPConnection, sessions: Sessions) -> Badge | None:
    """Of whoever asks; None if they have to sign in."""
    access = sessions.access
    badge = badge_in(connection.session, access) if access.asks else HOST_ITSELF
    return badge if sessions.holds(badge) else None


def _is_open(path: str) -> bool:
    return any(path == known or (known.endswith("/") and path.startswith(known)) for known in _OPEN)


def _is_long(scope: Scope) -> bool:
    """Whoever sends a text has to say first how long it is."""
    if scope.get("method") in {"GET", "HEAD"}:
        return False
    length = Headers(scope=scope).get("content-length", "")
    return not length.isdecimal() or int(length) > _LONGEST


def _to_sign_in(scope: Scope) -> Response:
    headers = Headers(scope=scope)
    if scope.get("method") == "GET" and "text/html" in headers.get("accept", ""):
        return RedirectResponse(f"{SIGN_IN}?to={scope['path']}", status_code=303)
    return PlainTextResponse(say("en", "studio-sign-in-first"), status_code=401)


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # Before it was accepted: HTTP 403.
    else:
        await answer(scope, receive, send)

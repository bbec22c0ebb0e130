"""Build the studio from its parts, and serve it until it is told to stop."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from nicegui import Client, ui
from nicegui import app as nicegui_app
from uvicorn.server import HANDLED_SIGNALS

from studio import service, sign_in
from studio.access import Access
from studio.favourites_page import FavouritesPage
from studio.frame import frame
from studio.guard import guard
from studio.learning_page import LearningPage
from studio.markup import words
from studio.operations_page import OperationsPage
from studio.parts import Parts
from studio.sessions import Sessions
from studio.visitor import visitor_of
from studio.write_page import WritePage

STATIC = Path(__file__).parent / "static"
SLOW_DATABASE = 15.0  # Seconds a page may take to build: longer than SQLite waits for a lock.


class CannotListen(Exception):
    """Raised when the address of the studio is taken or not ours."""


def build(parts: Parts, access: Access, storage_secret: str) -> FastAPI:
    """The whole studio as one ASGI app. Once per process, because NiceGUI keeps its pages globally.

    `storage_secret` signs the readers' cookies, the only thing that is stored outside the database.
    """
    sessions = Sessions(access)
    app = FastAPI(title="Rhapsode", openapi_url=None)
    app.include_router(service.routes(parts))
    app.include_router(sign_in.routes(sessions))
    _add_pages(parts, sessions)
    guard(app, sessions, storage_secret)
    ui.run_with(
        app,
        title="Rhapsode",
        favicon=STATIC / "favicon.svg",
        dark=None,  # As the reader's system has it.
        tailwind=False,
        show_welcome_message=False,
    )
    return app


def _add_pages(parts: Parts, sessions: Sessions) -> None:
    nicegui_app.add_static_files("/static", STATIC)
    ui.add_css(STATIC / "studio.css", shared=True)

    @ui.page("/", response_timeout=SLOW_DATABASE)
    async def write(request: Request, client: Client) -> None:
        await WritePage(parts, visitor_of(request, sessions), client).build()

    @ui.page("/learning", response_timeout=SLOW_DATABASE)
    async def learning(request: Request) -> None:
        await LearningPage(parts, visitor_of(request, sessions)).build()

    @ui.page("/favourites", response_timeout=SLOW_DATABASE)
    async def favourites(request: Request) -> None:
        await FavouritesPage(parts, visitor_of(request, sessions)).build()

    @ui.page("/operations", response_timeout=SLOW_DATABASE)
    async def operations(request: Request) -> None:
        await OperationsPage(parts, visitor_of(request, sessions)).build()

    def failed(request: Request) -> None:
        visitor = visitor_of(request, sessions)
        with frame(visitor, ""):
            words("p", visitor.text("service-down"), "note")

    nicegui_app.on_page_exception(lambda: failed(ui.context.client.request))


def serve(
    parts: Parts,
    access: Access,
    *,
    port: int,
    storage_secret: str,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT, then return. Port 0 takes any free one.

    Raises CannotListen, NoPassword.
    """
    access.check()
    listener = listen(access.host, port)
    server = Server(listener, build(parts, access, storage_secret), on_ready, access.proxies)
    with _signals_only_stop(server):
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise CannotListen(f"the studio cannot listen on {host} port {port}: {error.strerror}") from error


class Server(uvicorn.Server):
    """Uvicorn on a given socket, which says where it is once it answers."""

    def __init__(
        self,
        listener: socket.socket,
        app: FastAPI,
        on_ready: Callable[[str], None],
        proxies: Sequence[str] = (),
    ) -> None:
        config = uvicorn.Config(
            app,
            ws="wsproto",
            log_config=None,  # Logging stays as the worker has set it up.
            access_log=False,
            # Of what they forward, the last address that is none of theirs is whoever asks.
            forwarded_allow_ips=list(proxies),
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self._listener = listener
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready(address(self._listener))


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_only_stop(server: Server) -> Iterator[None]:
    """Uvicorn raises the signal that stopped it once more: the process still has to clean up then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, server.handle_exit) for number in HANDLED_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

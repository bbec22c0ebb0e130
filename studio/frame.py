"""What every page shares: the name, the way to the other pages, the language."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from studio.guard import SIGN_OUT
from studio.markup import box, words
from studio.visitor import Visitor

PAGES = {"write": "/", "favourites": "/favourites", "learning": "/learning", "operations": "/operations"}
_FOR_OPERATORS = ("operations",)


@contextmanager
def frame(visitor: Visitor, page: str, *, wide: bool = False) -> Iterator[None]:
    """The header, then what is built inside the `with`."""
    locale = visitor.reader.locale
    ui.page_title(_title(visitor, page))
    ui.add_head_html(f'<script>document.documentElement.lang = "{locale}"</script>')
    with box("div", "sheet wide" if wide else "sheet", lang=locale):
        with box("header", "masthead"):
            with box("div", "name"):
                with box("h1"):
                    words("a", visitor.text("studio-name")).props("href=/")
                words("p", visitor.text("studio-tagline"))
            with box("nav", "pages", aria_label=visitor.text("studio-nav")):
                for name, path in PAGES.items():
                    if name in _FOR_OPERATORS and not visitor.operates:
                        continue
                    link = words("a", visitor.text(f"studio-nav-{name}")).props(f"href={path}")
                    if name == page:
                        link.props["aria-current"] = "page"
                if visitor.signed_in:
                    with box("form", "leave", method="post", action=SIGN_OUT):
                        words("button", visitor.text("studio-sign-out"), "quiet").props("type=submit")
        yield


def _title(visitor: Visitor, page: str) -> str:
    """As it stands on the browser's tab. One writes on the page that is the studio itself."""
    name = visitor.text("studio-name")
    return name if page in {"", "write"} else f"{name} · {visitor.text(f'studio-nav-{page}')}"

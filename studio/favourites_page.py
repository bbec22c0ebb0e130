"""The best-rated pieces: a reader's own, for operators everybody's; and where each of them comes from."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from nicegui import events, ui

from feedback.database import DatabaseGone
from feedback.records import UnknownRow
from feedback.store.favourites import BestPiece, Kinds, Wanted
from feedback.tables import now
from studio.figures import percent
from studio.frame import frame
from studio.markup import box, form_title, words
from studio.origin import origin_of, show_origin
from studio.parts import PLATFORM, Parts
from studio.visitor import Visitor

SHOWN = 48
_PERIODS = {"week": timedelta(days=7), "month": timedelta(days=30), "year": timedelta(days=365)}


class FavouritesPage:
    def __init__(self, parts: Parts, visitor: Visitor) -> None:
        self._parts = parts
        self._visitor = visitor
        self._say = visitor.text
        self._wanted = Wanted()

    async def build(self) -> None:
        kinds = await asyncio.to_thread(self._parts.store.favourites.kinds)
        with frame(self._visitor, "favourites", wide=True):
            words("h2", self._say("studio-favourites"), "page-title")
            lead = "studio-favourites-of-all" if self._visitor.operates else "studio-favourites-own"
            words("p", self._say(lead), "lead")
            self._build_filters(kinds)
            self._trouble = words("p", "", "alert").props("role=alert")
            self._gallery = box("div", "gallery")
        await self._refresh()

    def _build_filters(self, kinds: Kinds) -> None:
        say = self._say
        with box("form", "filters", aria_label=say("studio-filter")):
            self._select("form", {name: form_title(self._visitor, name) for name in kinds.forms})
            self._select("language", {name: say(f"studio-language-{name}") for name in kinds.languages})
            self._select("version", {name: name for name in kinds.versions})
            self._select("period", {name: say(f"studio-period-{name}") for name in _PERIODS})

    def _select(self, name: str, options: dict[str, str]) -> None:
        with box("label"):
            words("span", self._say(f"studio-filter-{name}"))
            select = box("select", name=name)
            with select:
                for value, told in {"": self._say("studio-any"), **options}.items():
                    words("option", told).props["value"] = value
        known = frozenset(options)

        async def choose(event: events.GenericEventArguments) -> None:
            chosen = event.args  # Whatever a browser sends.
            await self._choose(name, chosen if isinstance(chosen, str) and chosen in known else "")

        select.on("change", choose, js_handler="(event) => emit(event.target.value)")

    async def _choose(self, name: str, value: str) -> None:
        match name:
            case "form":
                self._wanted = replace(self._wanted, form=value)
            case "language":
                self._wanted = replace(self._wanted, language=value)
            case "version":
                self._wanted = replace(self._wanted, version=value)
            case _:
                since = now() - _PERIODS[value] if value else None
                self._wanted = replace(self._wanted, since=since)
        await self._refresh()

    async def _refresh(self) -> None:
        wanted = self._wanted
        try:
            best = await asyncio.to_thread(self._best, wanted)
        except DatabaseGone:
            self._trouble.text = self._say("studio-no-database")
            return
        if wanted is not self._wanted:
            return  # Something else was chosen meanwhile, and is looked for already.
        self._trouble.text = ""
        self._gallery.clear()
        with self._gallery:
            if not best:
                words("p", self._say("studio-no-favourites"), "lead")
            for piece in best:
                self._show(piece)

    def _best(self, wanted: Wanted) -> list[BestPiece]:
        favourites = self._parts.store.favourites
        if self._visitor.operates:
            return favourites.best(wanted, SHOWN)
        return favourites.best_of(PLATFORM, "", self._visitor.reader.user, wanted, SHOWN)

    def _show(self, piece: BestPiece) -> None:
        answer = piece.answer
        layout = self._parts.forms.get(answer.form, "verse")
        with box("article", "favourite", lang=piece.language):
            words("h3", answer.theme, "piece-asked")
            words("div", answer.text, f"piece-text layout-{layout}")
            form = form_title(self._visitor, answer.form)
            words("p", " · ".join(filter(None, (form, answer.mark, answer.model_version))), "facts")
            words("p", self._liked(piece), "facts likes")
            button = words("button", self._say("studio-origin"), "link").props("type=button")
            button.props["aria-expanded"] = "false"
            origin = box("div", "origin")
            button.on("click", lambda: self._toggle(answer.completion_id, button, origin), args=[])

    def _liked(self, piece: BestPiece) -> str:
        facts: dict[str, str | int] = {
            "liked": piece.liked,
            "rated": piece.rated,
            "sure": percent(piece.sure),
        }
        return self._say("studio-liked-by", **facts)

    async def _toggle(self, completion_id: int, button: ui.element, origin: ui.element) -> None:
        """Only what is on the page has such a button, so nobody asks for what they may not see."""
        opened = button.props["aria-expanded"] == "true"
        origin.clear()
        if not opened:
            try:
                found = await asyncio.to_thread(origin_of, self._parts.store, completion_id)
            except (UnknownRow, DatabaseGone):  # Erased since.
                return
            with origin:
                show_origin(self._visitor, found)
        button.props["aria-expanded"] = "false" if opened else "true"

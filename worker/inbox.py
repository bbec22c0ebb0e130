"""The Inbox over SQL and Celery: a prompt is a row before it is a job."""

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta

import structlog

from bots.messages import (
    Accepted,
    Incoming,
    MessageRef,
    Place,
    Rated,
    Reader,
    Refused,
    Sent,
    UnknownCompletion,
    Vote,
)
from bots.texts import supported
from feedback.conversation import QueueFull, QuotaUsed, ReaderWaits, WaitingLimits
from feedback.records import NewPrompt, UnknownRow
from feedback.store import Store
from feedback.tables import now
from generation.forms import Asked, Catalogue, UnknownForm
from generation.sampling import Sampling
from generation.screening import Screen
from worker.admission import AllowLists, hours_left
from worker.publishing import Publishing
from worker.request_text import checked_own_version, checked_request, clean
from worker.targets import Targets
from worker.wishes import Wish, read_wish

log = structlog.get_logger(__name__)

_ASK_MAY_TAKE = timedelta(seconds=3)  # From the row to the job.
_JOB_IS_FRESH = 60.0  # Seconds in which a queued job is not queued again.
_A_TEXT_TAKES = 10.0  # Seconds, before there is any text to tell from.


class SqlInbox:
    """`enqueue` queues a prompt's id and says if the broker took it; `announce_cancel` tells the writers.

    `at_once` is how many texts a writer writes together: whoever comes behind them stands in line.
    """

    def __init__(
        self,
        store: Store,
        enqueue: Callable[[int], bool],
        announce_cancel: Callable[[int], None],
        *,
        forms: Catalogue,
        max_prompt_chars: int,
        sampling: Sampling,
        screen: Screen,
        limits: WaitingLimits | None = None,
        at_once: int = 32,
        allowed: AllowLists | None = None,
        traceparent: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._targets = Targets(store)
        self._enqueue = enqueue
        self._publish = Publishing(self.queue)
        self._announce_cancel = announce_cancel
        self._max_prompt_chars = max_prompt_chars
        self._limits = limits or WaitingLimits()
        self._at_once = at_once
        self._allowed = allowed or AllowLists()
        self._traceparent = traceparent
        self._sampling = sampling
        self._forms = forms
        self._screen = screen

    def ask(self, incoming: Incoming) -> Accepted:
        known = self._store.prompts.of_key(incoming.key)
        if known is not None:  # Whatever has changed since: it has its answer.
            return Accepted(known, new=False)
        self._admit(incoming)
        cleaned = replace(incoming, text=clean(incoming.text), tone=" ".join(clean(incoming.tone).split()))
        wish = read_wish(cleaned, self._store, self._forms, self._checked)
        prompt_id, new = self._accepted(incoming, wish)
        queued = self._publish(prompt_id) if new else True
        place = self._place_in_line(prompt_id) if new else 0
        log.info(
            "prompt accepted",
            prompt_id=prompt_id,
            form=wish.form,
            kind=wish.kind,
            variants=wish.variants,
            new=new,
            queued=queued,
            place=place,
        )
        return Accepted(prompt_id, new, queued, place)

    def rate(self, vote: Vote) -> Rated:
        reader, completion_id = vote.reader, self._targets.rated(vote)
        try:
            value = self._store.ratings.rate(
                reader.platform,
                reader.workspace,
                reader.user,
                completion_id,
                vote.value,
                vote.source,
                toggle=vote.toggle,
                key=vote.key,
                reason=vote.reason,
                comment=clean(vote.comment) or None if vote.comment else None,
            )
        except UnknownRow as error:
            raise UnknownCompletion(str(completion_id)) from error
        log.info("rating kept", completion_id=completion_id, source=vote.source, value=value)
        return Rated(completion_id, value)

    def prefer(self, reader: Reader, winner: int | MessageRef, key: str = "") -> None:
        chosen = self._targets.completion(winner)
        try:
            others = self._store.choices.choose(reader.platform, reader.workspace, reader.user, chosen, key)
        except UnknownRow as error:
            raise UnknownCompletion(str(chosen)) from error
        log.info("choice kept", completion_id=chosen, others=others)

    def rewrite(self, reader: Reader, piece: int | MessageRef, text: str, key: str = "") -> None:
        text, completion_id = checked_own_version(text, self._screen), self._targets.completion(piece)
        try:
            self._store.ratings.demonstrate(
                reader.platform, reader.workspace, reader.user, completion_id, text, key
            )
        except UnknownRow as error:
            raise UnknownCompletion(str(completion_id)) from error

    def cancel(self, reader: Reader, prompt_id: int) -> bool:
        if not self._store.prompts.cancel(prompt_id, reader.platform, reader.workspace, reader.user):
            return False
        self._announce_cancel(prompt_id)
        return True

    def sent(self, sent: Sent) -> None:
        ref = sent.ref
        try:
            self._store.messages.sent(
                sent.prompt_id, ref.platform, ref.chat, ref.message, sent.part, sent.completion_id, sent.last
            )
        except UnknownRow:  # Its reader was erased in the meantime.
            log.info("a message of a prompt that is no more", prompt_id=sent.prompt_id)

    def moved(self, place: Place, chat: str) -> None:
        log.info("a chat has another id", platform=place.platform)
        self._store.moves.keep(place.platform, place.workspace, place.chat, chat)

    def undeliverable(self, prompt_id: int, reason: str) -> None:
        log.warning("answer cannot be delivered", prompt_id=prompt_id, reason=reason)
        self._store.messages.close(prompt_id, reason)

    def requeue_due(self) -> int:
        """Queue every prompt that waits without a job or was left behind by a writer. Returns how many."""
        due = self._store.prompts.due(_ASK_MAY_TAKE, running=self._limits.running)
        return sum(self.queue(prompt_id) for prompt_id in due)

    def queue(self, prompt_id: int) -> bool:
        """Give a prompt that waits to the writers. False if the broker is away."""
        if not self._enqueue(prompt_id):
            return False
        self._store.prompts.queued(prompt_id, _JOB_IS_FRESH)
        return True

    def _admit(self, incoming: Incoming) -> None:
        """Raises Refused."""
        if not self._allowed.allow(incoming.reader, incoming.place):
            log.info("not allowed to ask", platform=incoming.place.platform)
            raise Refused("not-allowed")
        if self._store.pauses.paused():
            raise Refused("paused")

    def _locale(self, reader: Reader) -> str:
        """The language to speak to the reader: the one they have settled, or the platform's."""
        settled = self._store.accounts.settled(reader.platform, reader.workspace, reader.user)
        return settled.language or supported(reader.locale)

    def _checked(self, text: str, form: str | None) -> Asked:
        return checked_request(text, form, self._max_prompt_chars, self._forms, self._screen)

    def _accepted(self, incoming: Incoming, wish: Wish) -> tuple[int, bool]:
        """Raises Refused when too many wait, or when the form is not there any more."""
        try:
            form = self._forms.named(wish.form)
        except UnknownForm:  # An operator may have taken it away.
            raise Refused("unknown-form", form=wish.form, forms=", ".join(self._forms)) from None
        place, reader = incoming.place, incoming.reader
        new = NewPrompt(
            request_key=incoming.key,
            platform=place.platform,
            workspace=place.workspace,
            user=reader.user,
            chat=place.chat,
            thread=place.thread,
            reply_to=incoming.reply_to,
            locale=self._locale(reader),
            form=wish.form,
            theme=wish.theme,
            language=wish.language,
            sampling=dict(wish.sampling or asdict(form.sampled(self._sampling))),
            parent_completion_id=wish.parent,
            kind=wish.kind,
            instruction=wish.instruction,
            variants=wish.variants,
            length=wish.length,
            traceparent=self._traceparent(),
        )
        try:
            return self._store.prompts.accept(new, self._limits)
        except QueueFull as full:
            log.warning("the queue is full", waiting=full.waiting)
            raise Refused("busy", minutes=self._minutes_for(full.waiting)) from None
        except ReaderWaits as waits:
            raise Refused("too-many-waiting", waiting=waits.waiting) from None
        except QuotaUsed as used:
            raise Refused("quota-used", asked=used.asked, hours=hours_left(now())) from None

    def _place_in_line(self, prompt_id: int) -> int:
        in_all = self._store.queue.ahead(prompt_id) - self._at_once
        own = self._store.queue.ahead_of_own(prompt_id) - self._limits.running
        return max(0, in_all + 1, own + 1 if self._limits.running else 0)

    def _minutes_for(self, prompts: int) -> int:
        """About how long one writer needs for so many."""
        seconds = self._store.queue.seconds_per_text() or _A_TEXT_TAKES
        return max(1, math.ceil(prompts / self._at_once * seconds / 60))

"""The Inbox over SQL and Celery: a prompt is a row before it is a job."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog

from bots.messages import (
    Accepted,
    Incoming,
    MessageRef,
    Rated,
    Reader,
    Refused,
    Sent,
    UnknownCompletion,
    Vote,
)
from bots.texts import supported
from feedback.records import NewPrompt, UnknownRow
from feedback.store import Store
from generation.forms import FORMS, Asked, UnknownForm, form_named, read_request
from generation.sampling import Sampling

log = structlog.get_logger(__name__)

_KEPT = "\n\t\u200c\u200d"  # Line breaks, tabs, and the joiners that shape emoji and some scripts.
_ASK_MAY_TAKE = timedelta(seconds=3)  # From the row to the job.
_JOB_IS_FRESH = 60.0  # Seconds in which a queued job is not queued again.


def clean(text: str) -> str:
    """The text without control and invisible format characters; line breaks and tabs stay."""
    kept = (c for c in text if c in _KEPT or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return "".join(kept).strip()


def checked_request(text: str, form: str | None, limit: int) -> Asked:
    """Form and theme of a request. Raises Refused."""
    text = clean(text)
    if len(text) > limit:
        raise Refused("prompt-too-long", length=len(text), limit=limit)
    if form is not None:
        try:
            form_named(form)
        except UnknownForm:
            raise Refused("unknown-form", form=clean(form)[:40], forms=", ".join(FORMS)) from None
    if not text:
        raise Refused("empty-prompt")
    return read_request(text, form)


class SqlInbox:
    """`enqueue` queues a prompt's id and says if the broker took it; `announce_cancel` tells the writers."""

    def __init__(
        self,
        store: Store,
        enqueue: Callable[[int], bool],
        announce_cancel: Callable[[int], None],
        *,
        max_prompt_chars: int,
        sampling: Sampling,
    ) -> None:
        self._store = store
        self._enqueue = enqueue
        self._announce_cancel = announce_cancel
        self._max_prompt_chars = max_prompt_chars
        self._sampling: dict[str, Any] = asdict(sampling)

    def ask(self, incoming: Incoming) -> Accepted:
        asked = self._asked(incoming)
        place, reader = incoming.place, incoming.reader
        prompt_id, new = self._store.prompts.accept(
            NewPrompt(
                request_key=incoming.key,
                platform=place.platform,
                workspace=place.workspace,
                user=reader.user,
                chat=place.chat,
                thread=place.thread,
                reply_to=incoming.reply_to,
                locale=supported(reader.locale),
                form=asked.form.name,
                theme=asked.theme,
                language=_language_of(asked.theme),
                sampling=self._sampling,
                parent_completion_id=incoming.again_of,
            )
        )
        queued = self._queue(prompt_id) if new else True
        log.info("prompt accepted", prompt_id=prompt_id, form=asked.form.name, new=new, queued=queued)
        return Accepted(prompt_id, new, queued)

    def rate(self, vote: Vote) -> Rated:
        completion_id = self._completion(vote.target)
        reader = vote.reader
        try:
            value = self._store.ratings.rate(
                reader.platform,
                reader.workspace,
                reader.user,
                completion_id,
                vote.value,
                vote.source,
                toggle=vote.toggle,
                reason=vote.reason,
            )
        except UnknownRow as error:
            raise UnknownCompletion(str(completion_id)) from error
        log.info("rating kept", completion_id=completion_id, source=vote.source, value=value)
        return Rated(completion_id, value)

    def prefer(self, reader: Reader, winner: int, losers: Sequence[int]) -> None:
        try:
            self._store.ratings.prefer(reader.platform, reader.workspace, reader.user, winner, losers)
        except UnknownRow as error:
            raise UnknownCompletion(str(winner)) from error

    def rewrite(self, reader: Reader, completion_id: int, text: str) -> None:
        text = clean(text)
        if not text:
            raise Refused("empty-prompt")
        try:
            self._store.ratings.demonstrate(
                reader.platform, reader.workspace, reader.user, completion_id, text
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
        self._store.messages.sent(
            sent.prompt_id, ref.platform, ref.chat, ref.message, sent.part, sent.completion_id, sent.last
        )

    def undeliverable(self, prompt_id: int, reason: str) -> None:
        log.warning("answer cannot be delivered", prompt_id=prompt_id, reason=reason)
        self._store.messages.close(prompt_id, reason)

    def requeue_due(self) -> int:
        """Queue every prompt that waits without a job or was left behind by a writer. Returns how many."""
        due = self._store.prompts.due(_ASK_MAY_TAKE)
        return sum(self._queue(prompt_id) for prompt_id in due)

    def _queue(self, prompt_id: int) -> bool:
        if not self._enqueue(prompt_id):
            return False
        self._store.prompts.queued(prompt_id, _JOB_IS_FRESH)
        return True

    def _asked(self, incoming: Incoming) -> Asked:
        if incoming.again_of is None:
            return checked_request(incoming.text, incoming.form, self._max_prompt_chars)
        try:
            form, theme, _ = self._store.prompts.of_completion(incoming.again_of)
        except UnknownRow:
            raise Refused("unknown-completion") from None
        return Asked(form_named(form), theme)

    def _completion(self, target: int | MessageRef) -> int:
        if isinstance(target, int):
            return target
        found = self._store.messages.completion_shown_in(target.platform, target.chat, target.message)
        if found is None:
            raise UnknownCompletion(f"{target.platform} {target.chat} {target.message}")
        return found


def _language_of(theme: str) -> str:
    """Chinese if the theme holds Han characters, else English."""
    return "zh" if any("一" <= c <= "鿿" for c in theme) else "en"

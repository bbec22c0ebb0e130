"""The Inbox of an adapter with its figures and spans: what is handed over is counted on the way."""

from bots.messages import Accepted, Inbox, Incoming, MessageRef, Place, Rated, Reader, Refused, Sent, Vote
from feedback.database import DatabaseGone
from feedback.store import Store
from worker.metrics import asking
from worker.tracing import Tracing


class MeasuredInbox:
    def __init__(self, inbox: Inbox, store: Store, tracing: Tracing, platform: str) -> None:
        self._inbox = inbox
        self._store = store
        self._tracing = tracing
        asking.begin_at_zero(platform)

    def ask(self, incoming: Incoming) -> Accepted:
        platform = incoming.place.platform
        with self._tracing.span("ask", platform=platform):
            try:
                accepted = self._inbox.ask(incoming)
            except Refused as refused:
                asking.REFUSED.labels(platform, refused.reason).inc()
                raise
        if accepted.new:
            asking.ACCEPTED.labels(platform).inc()
        return accepted

    def rate(self, vote: Vote) -> Rated:
        rated = self._inbox.rate(vote)
        asking.RATINGS.labels(vote.reader.platform, vote.source, asking.verdict_of(rated.value)).inc()
        return rated

    def prefer(self, reader: Reader, winner: int | MessageRef, key: str = "") -> None:
        self._inbox.prefer(reader, winner, key)
        asking.CHOICES.labels(reader.platform).inc()

    def rewrite(self, reader: Reader, piece: int | MessageRef, text: str, key: str = "") -> None:
        self._inbox.rewrite(reader, piece, text, key)
        asking.REWRITES.labels(reader.platform).inc()

    def cancel(self, reader: Reader, prompt_id: int) -> bool:
        cancelled = self._inbox.cancel(reader, prompt_id)
        if cancelled:
            asking.CANCELLED.labels(reader.platform).inc()
        return cancelled

    def sent(self, sent: Sent) -> None:
        self._inbox.sent(sent)
        if sent.last:
            self._delivered(sent)

    def moved(self, place: Place, chat: str) -> None:
        self._inbox.moved(place, chat)

    def undeliverable(self, prompt_id: int, reason: str) -> None:
        self._inbox.undeliverable(prompt_id, reason)
        asking.UNDELIVERABLE.inc()

    def _delivered(self, sent: Sent) -> None:
        """The message is recorded: what cannot be looked up now must not have it sent again."""
        platform = sent.ref.platform
        try:
            delivered = self._store.deliveries.of(sent.prompt_id)
        except DatabaseGone:
            return
        if delivered is None:
            return
        began, ended = delivered.finished_at, delivered.shown_at
        asking.DELIVERY_LAG.labels(platform).observe(max(0.0, (ended - began).total_seconds()))
        self._tracing.past(
            "deliver", began, ended, delivered.traceparent, platform=platform, prompt=sent.prompt_id
        )


def _conforms(inbox: MeasuredInbox) -> Inbox:
    """Lets the type checker hold MeasuredInbox against the Protocol."""
    return inbox

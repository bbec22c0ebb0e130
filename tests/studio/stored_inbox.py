"""The inbox in memory, which also keeps rows: a page that is loaded again reads them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bots.messages import Accepted, Incoming, MessageRef, Pending, Rated, Reader, Reply, Sent, Variants, Vote
from feedback.records import Answer, NewCompletion, NewPrompt, NewVersion
from feedback.store import Store
from tests.fakes.inbox import MemoryInbox, Prompt

VERSION = NewVersion("base", "a" * 64, "base", None, "tiny", "b" * 64, "c" * 64, "d" * 64, "candidate")


class StoredInbox(MemoryInbox):
    """The test plays the writer with `write`, `finish` and `fail`. The only one to use its store."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        store.versions.add(VERSION)
        store.versions.promote("base", "the first version")

    def goes_on(self) -> None:
        """Count on from the rows that are there."""
        self.rows_before = self.store.statistics.overview().prompts - len(self.prompts)

    def goes_on_after(self, change: Callable[[], object]) -> None:
        """Let something else add rows in the meantime."""
        with self._changed:
            change()
            self.goes_on()

    def ask(self, incoming: Incoming) -> Accepted:
        with self._changed:
            accepted = super().ask(incoming)
            if accepted.new:
                row_id, _ = self.store.prompts.accept(_row(incoming))
                assert row_id == accepted.prompt_id
            return accepted

    def rate(self, vote: Vote) -> Rated:
        with self._changed:
            rated = super().rate(vote)
            reader, completion = vote.reader, rated.completion_id
            standing = self.store.ratings.rate(
                reader.platform,
                "",
                reader.user,
                completion,
                vote.value,
                vote.source,
                toggle=vote.toggle,
                reason=vote.reason,
            )
            assert standing == rated.value
            return rated

    def prefer(self, reader: Reader, winner: int | MessageRef, key: str = "") -> None:
        super().prefer(reader, winner, key)
        self.store.choices.choose(reader.platform, "", reader.user, self.preferences[-1][1], key)

    def sent(self, sent: Sent) -> None:
        ref = sent.ref
        self.store.messages.sent(
            sent.prompt_id, ref.platform, ref.chat, ref.message, sent.part, sent.completion_id, sent.last
        )
        super().sent(sent)

    def pending(self, platform: str) -> Sequence[Pending]:
        if self.broken:
            raise self.broken
        return super().pending(platform)

    def finish(self, prompt_id: int, text: str, mark: str = "") -> Reply:
        claimed = self.store.prompts.claim(prompt_id, 60, 3)
        assert claimed is not None
        checks = {"mark": mark}
        completion = NewCompletion("base", 7, text, 20, 12, 40.0, 2345.0, "stop", checks)
        reply = reply_of(self.store.prompts.finish(prompt_id, claimed.lease, completion))
        self._publish(prompt_id, reply)
        return reply

    def finish_variants(self, prompt_id: int, *texts: str) -> Variants:
        claimed = self.store.prompts.claim(prompt_id, 60, 3)
        assert claimed is not None
        new = [
            NewCompletion("base", n, text, 20, 12, 40.0, 2345.0, "stop", variant=n)
            for n, text in enumerate(texts)
        ]
        answers = self.store.prompts.finish_all(prompt_id, claimed.lease, new)
        replies = [replace(reply_of(a), number=n, of=len(texts)) for n, a in enumerate(answers, 1)]
        variants = Variants(prompt_id, tuple(replies))
        self._publish(prompt_id, variants)
        return variants

    def another(self, prompt: Prompt, key: str) -> int:
        """The same asked once more, as by another tab; its number."""
        return self.ask(replace(prompt.incoming, key=key)).prompt_id

    async def asked_for(self, text: str, after: int = 0) -> Prompt:
        """The newest prompt with that text, once it is there; `after` so many, for others may ask alike."""

        def found() -> list[Prompt]:
            asked = list(self.prompts.values())[after:]
            return [prompt for prompt in asked if prompt.incoming.text == text]

        await self.until(lambda: bool(found()), f"a prompt {text!r}")
        return found()[-1]


def reply_of(answer: Answer) -> Reply:
    a = answer
    return Reply(
        a.prompt_id,
        a.completion_id,
        a.text,
        a.form,
        a.model_version,
        a.seed,
        a.tokens,
        a.ttft_ms,
        a.total_ms,
        a.mark,
    )


def _row(incoming: Incoming) -> NewPrompt:
    place, reader = incoming.place, incoming.reader
    form, theme = incoming.form or "poem", incoming.text
    return NewPrompt(
        incoming.key,
        place.platform,
        "",
        reader.user,
        place.chat,
        "",
        "",
        reader.locale,
        form,
        theme,
        "en",
        {},
        incoming.again_of,
        variants=incoming.variants,
    )

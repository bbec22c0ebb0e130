"""Which completion a vote, a choice or a reader's own version is about."""

from bots.messages import KeptForLater, MessageRef, UnknownCompletion, Vote
from feedback.store import Store


class Targets:
    def __init__(self, store: Store) -> None:
        self._store = store

    def completion(self, target: int | MessageRef) -> int:
        """Raises UnknownCompletion for a message that shows none; if a number is one, its row will tell."""
        if isinstance(target, int):
            return target
        _, completion_id = self._shown_in(target)
        if completion_id is None:
            raise UnknownCompletion(str(target))
        return completion_id

    def rated(self, vote: Vote) -> int:
        """Raises UnknownCompletion; KeptForLater if the text is still being written."""
        if isinstance(vote.target, int):
            return vote.target
        prompt_id, completion_id = self._shown_in(vote.target)
        if completion_id is not None:
            return completion_id
        # A tap toggles, and no message has a button to rate with before it shows a text.
        kept = not vote.toggle and self._keep_for_later(vote, prompt_id)
        raise (KeptForLater if kept else UnknownCompletion)(str(vote.target))

    def _shown_in(self, ref: MessageRef) -> tuple[int, int | None]:
        """Its prompt and its completion, once there is one. Raises UnknownCompletion for what is not ours."""
        shown = self._store.messages.shown_in(ref.platform, ref.chat, ref.message)
        if shown is None:
            raise UnknownCompletion(str(ref))
        return shown

    def _keep_for_later(self, vote: Vote, prompt_id: int) -> bool:
        reader = vote.reader
        return self._store.early_votes.keep(
            prompt_id, reader.platform, reader.workspace, reader.user, vote.value, vote.source, vote.key
        )

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
        found = self._store.messages.completion_shown_in(target.platform, target.chat, target.message)
        if found is None:
            raise UnknownCompletion(f"{target.platform} {target.chat} {target.message}")
        return found

    def rated(self, vote: Vote) -> int:
        """Raises UnknownCompletion; KeptForLater if the text is still being written."""
        try:
            return self.completion(vote.target)
        except UnknownCompletion:
            # A tap toggles, and no message has a button to rate with before it shows a text.
            if vote.toggle or isinstance(vote.target, int) or not self._keep_for_later(vote, vote.target):
                raise
            raise KeptForLater(str(vote.target)) from None

    def _keep_for_later(self, vote: Vote, shown: MessageRef) -> bool:
        reader = vote.reader
        return self._store.early_votes.keep(
            reader.platform,
            reader.workspace,
            reader.user,
            shown.chat,
            shown.message,
            vote.value,
            vote.source,
            vote.key,
        )

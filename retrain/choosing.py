"""Read the texts of what is worth it; leave out what is nearly there already, or on the other side."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import TypeVar

from feedback.lessons import Rewritten, Written
from generation.screening import Objection, Screen
from retrain.dataset import Asked
from retrain.judging import Verdict
from retrain.near_duplicates import Seen, fingerprint
from retrain.pairs import Contest
from retrain.selection import Selection
from retrain.subjects import content_words

T = TypeVar("T")
Read = Callable[[Sequence[int]], Mapping[int, Written]]

_AT_ONCE = 500  # Texts that are read together.
_SAME = "nearly the same as another text"
_LEAKS = "nearly a request that is judged on"
_NEAR = "pair with nearly a text that is judged on"
_MORE = "more than wanted"


class Choosing:
    """What is judged on must come before what is trained on, which must not resemble it."""

    def __init__(
        self,
        read: Read,
        own: Mapping[int, Rewritten],
        selection: Selection,
        left_out: Counter[str],
        screen: Screen | None = None,
    ) -> None:
        self._read = read
        self._own = own
        self._selection = selection
        self.left_out = left_out
        self._screen = screen
        self._judged_on = Seen(selection.near_text)
        self._compared = Seen(selection.near_text)  # Of what choices are judged on.
        self._trained_on = Seen(selection.near_text)
        self._requests: dict[tuple[str, str], Seen] = defaultdict(lambda: Seen(selection.near_request))
        # Most texts are looked at twice, for their own sake and as part of a pair.
        self._objection = cache(self._objection_to)
        self._print = cache(fingerprint)

    def guard(self, judged_on: Sequence[Contest], prompts: Sequence[Asked]) -> None:
        """To be called first: neither these choices nor these prompts, in other words, are trained on."""
        for asked in prompts:
            self._keep_for_judging(asked)
        room = self._room(self._selection.most_pairs, heldout=True)
        for some in _some(judged_on[:room]):
            ids = {number for contest in some for number in (contest.chosen_id, contest.rejected_id)}
            for written in self._read(sorted(ids)).values():
                self._keep_for_judging(_asked(written))
                self._compared.add(self._print(written.text))

    def texts(self, ranked: Sequence[Verdict]) -> Iterator[tuple[Verdict, Written]]:
        """As many as are wanted of each side and label, the first ones first."""
        for (heldout, _), group in groupby(ranked, key=lambda verdict: (verdict.heldout, verdict.liked)):
            verdicts = list(group)
            room = self._room(self._selection.most_texts, heldout)
            for number, (verdict, written) in enumerate(self._written(verdicts)):
                if not room:
                    self.left_out[_MORE] += len(verdicts) - number
                    break
                if self._fits(written, heldout):
                    room -= 1
                    yield verdict, written

    def pairs(self, ranked: Sequence[Contest]) -> Iterator[tuple[Contest, Written, str]]:
        """Each with the better text, which says what was asked, and the worse one."""
        for heldout, group in groupby(ranked, key=lambda contest: contest.heldout):
            contests = list(group)
            room = self._room(self._selection.most_pairs, heldout)
            self.left_out["more pairs than wanted"] += len(contests[room:])
            for some in _some(contests[:room]):
                ids = {number for contest in some for number in (contest.chosen_id, contest.rejected_id)}
                texts = self._read(sorted(ids))
                yield from self._told_apart(some, texts)

    def _told_apart(
        self, contests: Sequence[Contest], texts: Mapping[int, Written]
    ) -> Iterator[tuple[Contest, Written, str]]:
        for contest in contests:
            chosen, rejected = texts.get(contest.chosen_id), texts.get(contest.rejected_id)
            if chosen is None or rejected is None:
                continue  # Erased in the meantime.
            better = chosen
            if contest.demonstration_id is not None:
                better = chosen._replace(text=self._own[contest.demonstration_id].text)
            if better.text == rejected.text:
                self.left_out["pair of the same text"] += 1
            elif self._refused(better.text) or self._refused(rejected.text):
                continue
            elif not contest.heldout and self._leaks(better):
                self.left_out[_LEAKS] += 1
            elif not contest.heldout and self._nearly_judged(better.text, rejected.text):
                self.left_out[_NEAR] += 1
            else:
                yield contest, better, rejected.text

    def _written(self, ranked: Sequence[Verdict]) -> Iterator[tuple[Verdict, Written]]:
        for some in _some(ranked):
            texts = self._read([one.completion_id for one in some if one.demonstration_id is None])
            for verdict in some:
                if verdict.demonstration_id is not None:
                    yield verdict, _as_written(self._own[verdict.demonstration_id])
                elif verdict.completion_id in texts:  # Else erased in the meantime.
                    yield verdict, texts[verdict.completion_id]

    def _fits(self, written: Written, heldout: bool) -> bool:
        if self._refused(written.text):
            return False
        text = self._print(written.text)
        if not heldout and self._leaks(written):
            self.left_out[_LEAKS] += 1
            return False
        others = [self._judged_on, *([] if heldout else [self._compared, self._trained_on])]
        if any(seen.near(text) for seen in others):
            self.left_out[_SAME] += 1
            return False
        (self._judged_on if heldout else self._trained_on).add(text)
        if heldout:
            self._keep_for_judging(_asked(written))
        return True

    def _nearly_judged(self, *texts: str) -> bool:
        found = map(self._print, texts)
        return any(self._judged_on.near(text) or self._compared.near(text) for text in found)

    def _refused(self, text: str) -> bool:
        """Who wrote it does not matter: what may not be shown is not learned from."""
        objection = self._objection(text)
        if objection is not None:
            self.left_out[f"may not be shown: {objection.kind}"] += 1
        return objection is not None

    def _objection_to(self, text: str) -> Objection | None:
        return self._screen.objection(text) if self._screen is not None else None

    def _keep_for_judging(self, asked: Asked) -> None:
        form, theme, language = asked
        self._requests[form, language].add(fingerprint(content_words(theme)))

    def _leaks(self, written: Written) -> bool:
        asked = self._requests.get((written.form, written.language))
        return asked is not None and asked.near(fingerprint(content_words(written.theme)))

    def _room(self, most: int, heldout: bool) -> int:
        return most // 10 if heldout else most


def _some(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as are read together."""
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _asked(written: Written) -> Asked:
    return (written.form, written.theme, written.language)


def _as_written(own: Rewritten) -> Written:
    return Written(own.completion_id, own.form, own.theme, own.language, own.text)

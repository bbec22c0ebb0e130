"""One text for a prompt: several are written together, and the best of them is kept."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, replace

from feedback.records import ClaimedPrompt, LeaseLost, NewCompletion
from generation.engine import Engine, Ticket, WritingFailed, WritingRequest, Written
from generation.forms import Form
from generation.selection import Judge, Judged, best
from worker.metrics import writing as measures

ROUNDS = 3  # Of candidates, until one may be shown.
CHOOSABLE = 6  # Candidates at least where a critic chooses: of more, each next one gains ever less.

UnderWay = Callable[[Ticket], AbstractContextManager[None]]


class NothingToShow(Exception):
    """Raised when every text that was written must not be shown."""


@dataclass(frozen=True, slots=True)
class Chosen:
    written: Written
    judged: Judged
    of: int  # Candidates.


def candidates_for(form: Form, whole: bool, places: int, prompts: int, critic: bool = False) -> int:
    """How many texts to write: as many as the form wants, from half of the places, shared by all prompts.

    `critic`: one chooses, which makes candidates worth it where a form's checks tell none apart, and worth
    three quarters of the places. The rest is for who asks next, and should see a first word at once.
    """
    wanted = max(form.candidates, CHOOSABLE if critic else 1)
    shared = places * 3 // 4 if critic else places // 2
    return max(1, min(wanted if whole else 1, shared // max(1, prompts)))


class Candidates:
    """Writes candidates for one text of one prompt."""

    def __init__(self, engine: Engine, judge: Judge, form: Form, claimed: ClaimedPrompt) -> None:
        self._engine = engine
        self._judge = judge
        self._form = form
        self._claimed = claimed

    def choose(
        self,
        request: WritingRequest,
        seeds: Iterator[int],
        count: int,
        under_way: UnderWay,
        show: Callable[[Ticket], None],
    ) -> Chosen:
        """The best of `count`, tried again while none may be shown. `show` gets the first one's ticket.

        Raises NothingToShow, WritingFailed, EngineClosed, and LeaseLost when it was cancelled.
        """
        quoting: Chosen | None = None
        blank = True
        for _ in range(ROUNDS):
            requests = [replace(request, seed=next(seeds)) for _ in range(count)]
            texts = self._together(requests, under_way, show)
            judged = [self._judged(written) for written in texts]
            blank = blank and all(one.blank for one in judged)
            kept = best(judged)
            if kept is None:
                continue
            quoting = Chosen(texts[kept], judged[kept], count)
            if judged[kept].shared is None:
                return quoting
        if quoting is not None:
            return quoting  # All quote: the reader is told of what.
        if blank:
            raise WritingFailed(f"{ROUNDS} times blank")
        raise NothingToShow

    def _together(
        self, requests: Sequence[WritingRequest], under_way: UnderWay, show: Callable[[Ticket], None]
    ) -> list[Written]:
        """The texts that could be written. Raises if none could."""
        texts: list[Written] = []
        failed: WritingFailed | None = None
        with ExitStack() as ends:
            tickets = []
            for request in requests:
                tickets.append(ticket := self._engine.submit(request))
                ends.callback(ticket.cancel)  # Of no use any more, if one of them was refused or cancelled.
                ends.enter_context(under_way(ticket))
            show(tickets[0])
            for ticket in tickets:
                try:
                    texts.append(ticket.result())
                except WritingFailed as error:
                    failed = error
        measures.written(texts)
        if failed is not None and not texts:
            raise failed
        if any(written.finish_reason == "cancelled" for written in texts):
            raise LeaseLost(str(self._claimed.id))
        return texts

    def _judged(self, written: Written) -> Judged:
        claimed = self._claimed
        whole = claimed.kind != "continue"
        return self._judge.judge(self._form, claimed.theme, claimed.language, written.text, whole=whole)


def completion_of(chosen: Chosen, variant: int, arm: str) -> NewCompletion:
    written, judged = chosen.written, chosen.judged
    checks: dict[str, object] = {"mark": judged.marks, "candidates": chosen.of}
    if judged.form is not None:
        checks["form"] = asdict(judged.form)
    if judged.shared is not None:
        checks["shared"] = {"length": judged.shared.length, "source": asdict(judged.shared.source)}
    return NewCompletion(
        model_version=written.version,
        seed=written.seed,
        text=written.text,
        prompt_tokens=written.prompt_tokens,
        tokens=written.tokens,
        ttft_ms=written.ttft_ms,
        total_ms=written.total_ms,
        finish_reason=written.finish_reason,
        checks=checks,
        variant=variant,
        arm=arm,
    )

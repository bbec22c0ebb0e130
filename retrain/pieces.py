"""Have a version write a piece for each of some requests, each with a fixed seed of its own."""

from collections.abc import Callable, Sequence

from generation.cores import CORES
from generation.engine import Ticket, WritingRequest
from generation.forms import Catalogue
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import LoadedVersion
from retrain.asking import conversation
from retrain.dataset import Asked

# Batches that are begun: the engine is never short of texts, and what is not begun can wait for its hours.
_AHEAD = 2


def written(
    version: LoadedVersion,
    asked: Sequence[Asked],
    first_seed: int,
    forms: Catalogue,
    alive: Callable[[], None] = lambda: None,
    *,
    batch: int = 24,
    patience: float = 600.0,
    threads: int = 0,
    ready: Callable[[], None] = lambda: None,
    keep: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """The texts, in the order of the requests. `alive` is called between them and may raise to stop.

    `batch`: written at once. `patience`: seconds to wait for the next text. `threads`: cores, 0 for all.
    `ready` returns when one more may be begun; `keep` is given each text.
    """
    engine = LocalEngine(version, batch, max_waiting=_AHEAD * batch, threads=threads or CORES)
    tickets: list[Ticket] = []
    texts: list[str] = []
    try:
        for number in range(len(asked)):
            while len(tickets) < min(len(asked), number + _AHEAD * batch):
                ready()
                seed = first_seed + len(tickets)
                tickets.append(engine.submit(_request(forms, asked[len(tickets)], seed)))
            texts.append(tickets[number].result(patience).text)
            keep(texts[-1])
            alive()
        return texts
    finally:
        engine.close()


def _request(forms: Catalogue, asked: Asked, seed: int) -> WritingRequest:
    form = forms[asked[0]]
    return WritingRequest(
        messages=conversation(forms, asked),
        seed=seed,
        max_new_tokens=form.max_new_tokens,
        sampling=form.sampled(Sampling()),
        stop_after_lines=form.lines,
    )

"""Have a version write a piece for each of some requests, each with a fixed seed of its own."""

from collections.abc import Callable, Sequence
from time import monotonic

from generation.cores import CORES
from generation.engine import WritingRequest
from generation.forms import Catalogue
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import LoadedVersion
from retrain.asking import conversation
from retrain.dataset import Asked


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
) -> list[str]:
    """The texts, in the order of the requests. `alive` is called between them and may raise to stop.

    `batch`: written at once. `patience`: seconds to wait for all. `threads`: cores, 0 for all.
    """
    engine = LocalEngine(version, batch, max_waiting=max(1, len(asked)), threads=threads or CORES)
    try:
        tickets = [
            engine.submit(
                WritingRequest(
                    messages=conversation(forms, request),
                    seed=first_seed + number,
                    max_new_tokens=forms[request[0]].max_new_tokens,
                    sampling=forms[request[0]].sampled(Sampling()),
                    stop_after_lines=forms[request[0]].lines,
                )
            )
            for number, request in enumerate(asked)
        ]
        until, texts = monotonic() + patience, []
        for ticket in tickets:
            texts.append(ticket.result(max(0.0, until - monotonic())).text)
            alive()
        return texts
    finally:
        engine.close()

"""How long readers wait for a first word: alone beside bare reading, in a crowd beside plain admission."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from time import perf_counter

from benchmarks.readers import Seen, Wish, ask_all, long_wish, watch
from benchmarks.report import Figures, percentile
from generation.cores import CORES, on_cores
from generation.forward_pass import Piece
from generation.local_engine import LocalEngine
from generation.prompts import render
from generation.schedule import Pace
from generation.versions import LoadedVersion

_WORDS = (20, 60, 120, 200)  # Of the prompts that are read alone.


@dataclass(frozen=True, slots=True)
class WholePrompts(Pace):
    """Plain admission: whoever joins reads the whole prompt in that step, whoever waits for it meanwhile."""

    def after(self, tokens: int, seconds: float) -> Pace:  # noqa: ARG002 - it learns nothing.
        return self

    def tokens_to_read(self, written: int, elsewhere: int = 0) -> int:  # noqa: ARG002 - as many as there are.
        return 1 << 30


def crowd_beside_plain_admission(
    version: LoadedVersion, wishes: Sequence[Wish], ours: Sequence[Seen]
) -> Figures:
    """The 99th percentile of the time to the first token, as a multiple of what the same engine needs for the
    same readers if prompts are read whole, first come, first served."""
    engine = LocalEngine(version, threads=CORES, pace=WholePrompts())
    watch(engine, replace(wishes[0], tokens=8, arrives=0.0))  # Warm, as ours was.
    plain = ask_all(engine, wishes, len(wishes))
    engine.close()
    of_ours, of_plain = (percentile([one.first for one in seen], 99) for seen in (ours, plain))
    return {"ttft_p99_ratio_fcfs_64": of_ours / of_plain}


def alone_beside_reading(version: LoadedVersion) -> Figures:
    """What the first token takes longer than one pass over the prompt: milliseconds, and steps of writing.

    Each prompt has an engine of its own, which knows no beginning of it yet.
    """
    over, steps = [], []
    for words in _WORDS:
        wish = replace(long_wish(words), tokens=24)
        engine = LocalEngine(version, threads=CORES)
        seen = watch(engine, wish)
        engine.close()
        read = on_cores(0, partial(_reading, version, render(version.tokenizer, wish.messages)))
        assert seen.written is not None
        over.append(seen.written.ttft_ms / 1000 - read)
        steps.append(over[-1] / median(seen.gaps))
    return {
        "ttft_over_prefill_ms_1": 1000 * median(over),
        "ttft_over_prefill_steps_1": median(steps),
    }


def _reading(version: LoadedVersion, prompt: list[int]) -> float:
    """Seconds of one pass over a prompt, the better of two."""
    return min(_once(version, prompt) for _ in range(2))


def _once(version: LoadedVersion, prompt: list[int]) -> float:
    forward = version.runnable.new_pass()
    state = forward.new_state(len(prompt), len(prompt) + 1)
    started = perf_counter()
    forward.run([Piece(prompt, state)])
    return perf_counter() - started

"""How good texts are in form, and how often they repeat themselves, before and after what we do about it.

    python -m benchmarks.quality [--json] [--prompts 100] [--base-cache .rhapsode/base]

Before: one text per prompt at temperature 0.9, no penalty, no examples. After: as the writer does it, with
the form's own sampling and examples, the best of its candidates kept.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import torch

from benchmarks.report import options_for, quiet, report, takes_base_cache
from generation.base_models import prepare_base
from generation.checks import check
from generation.cores import CORES
from generation.engine import WritingRequest
from generation.forms import FORMS, Form
from generation.local_engine import LocalEngine
from generation.originality import Originality
from generation.prompts import messages_for
from generation.sampling import Sampling
from generation.screening import Screen
from generation.selection import Judge, best
from generation.text_metrics import repeated_lines, repeated_trigrams
from generation.versions import base_name, default_dtype, load_version

_NAMES = (
    "haiku", "limerick", "quatrain", "poem", "couplet", "sonnet", "lyrics", "slogan", "quest", "dialogue",
)  # fmt: skip
_THEMES = (
    "rain", "an old bridge", "bread", "the first snow", "a lighthouse",
    "two cats", "a kettle", "the tide", "a train at night", "my grandmother's garden",
)  # fmt: skip
_PLAIN = Sampling(temperature=0.9, top_p=1.0, repetition_penalty=1.0, no_repeat_ngram=0)

Asked = tuple[Form, str]


def requested(asked: Asked, seed: int, sampling: Sampling) -> WritingRequest:
    form, theme = asked
    return WritingRequest(messages_for(form, theme), seed, form.max_new_tokens, sampling, form.lines)


def before(engine: LocalEngine, prompts: list[Asked]) -> list[str]:
    bare = [(replace(form, examples=()), theme) for form, theme in prompts]
    tickets = [engine.submit(requested(asked, i, _PLAIN)) for i, asked in enumerate(bare)]
    return [ticket.result().text for ticket in tickets]


def after(engine: LocalEngine, prompts: list[Asked], judge: Judge) -> list[str]:
    tickets = [
        [
            engine.submit(requested((form, theme), 1000 * i + n, form.sampled(Sampling())))
            for n in range(form.candidates)
        ]
        for i, (form, theme) in enumerate(prompts)
    ]
    texts = []
    for (form, theme), candidates in zip(prompts, tickets, strict=True):
        written = [ticket.result().text for ticket in candidates]
        kept = best([judge.judge(form, theme, "en", text) for text in written])
        texts.append(written[kept or 0])
    return texts


def figures_of(texts: Iterable[str], prompts: list[Asked], suffix: str) -> dict[str, float]:
    texts = list(texts)
    return {
        f"repeated_lines_{suffix}": fmean(map(repeated_lines, texts)),
        f"repeated_trigrams_{suffix}": fmean(map(repeated_trigrams, texts)),
        f"form_validity_{suffix}": fmean(
            check(form, text, "en").score for text, (form, _) in zip(texts, prompts, strict=True)
        ),
        f"form_perfect_{suffix}": fmean(
            check(form, text, "en").score == 1 for text, (form, _) in zip(texts, prompts, strict=True)
        ),
    }


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--prompts", type=int, default=100)
    takes_base_cache(parser)
    options = parser.parse_args()
    quiet()
    torch.set_num_threads(1)  # The cores are the engine's.
    base = prepare_base("smollm2", options.base_cache)
    version = load_version(options.base_cache, base_name(base), base, "cpu", default_dtype("cpu"))
    prompts = [(FORMS[name], theme) for theme, name in product(_THEMES, _NAMES)][: options.prompts]
    engine = LocalEngine(version, threads=CORES)
    with TemporaryDirectory() as empty:
        judge = Judge(Screen(), Originality(Path(empty)))
        figures = figures_of(before(engine, prompts), prompts, "before")
        figures |= figures_of(after(engine, prompts, judge), prompts, "after")
    engine.close()
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()

"""Rehearsal: pieces written for what readers have asked for, of which the best ones are learned from.

Rejection sampling before fine-tuning (Dong et al. 2023, RAFT, arXiv:2304.06767). The texts that readers liked
are few, and happened to be written; what all ratings together say of texts, in a critic, finds better ones.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from generation.forms import Catalogue
from generation.selection import Judge, best
from generation.versions import LoadedVersion
from retrain.config import Rehearsal
from retrain.dataset import Asked, Example
from retrain.pieces import written


def rehearsed(
    version: LoadedVersion,
    examples: Sequence[Example],
    judge: Judge,
    rehearsal: Rehearsal,
    forms: Catalogue,
    alive: Callable[[], None] = lambda: None,
    threads: int = 0,
) -> list[Example]:
    """Each prompt's best draft, as a liked piece to train on; the same for the same version and judge."""
    if not rehearsal.chooses:
        return []
    prompts = prompts_of(examples, rehearsal.prompts)
    texts = written(
        version,
        [asked for asked in prompts for _ in range(rehearsal.drafts)],
        rehearsal.seed,
        forms,
        alive,
        batch=rehearsal.batch,
        patience=rehearsal.patience,
        threads=threads,
    )
    weights = [example.weight for example in examples if example.liked]
    weight = sum(weights) / max(1, len(weights))
    found = []
    for number, asked in enumerate(prompts):
        form, theme, language = asked
        drafts = texts[number * rehearsal.drafts :][: rehearsal.drafts]
        kept = best([judge.judge(forms[form], theme, language, draft) for draft in drafts])
        if kept is not None:
            found.append(_liked(asked, drafts[kept], weight, version.name))
    return found


def prompts_of(examples: Sequence[Example], most: int) -> list[Asked]:
    """Different requests, so many of them at most; which, their hash decides."""
    return sorted({example.asked for example in examples}, key=_hash)[:most]


def _hash(asked: Asked) -> str:
    return sha256("\0".join(asked).encode(errors="replace")).hexdigest()


def _liked(asked: Asked, text: str, weight: float, version: str) -> Example:
    form, theme, language = asked
    return Example(
        completion_id=0,
        form=form,
        theme=theme,
        language=language,
        text=text,
        text_sha256=sha256(text.encode(errors="replace")).hexdigest(),
        liked=True,
        weight=weight,
        split="train",
        readers=frozenset(),
        kind="rehearsed",
        model_version=version,
    )

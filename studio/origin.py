"""Where a piece comes from: its request, its version, what that learned from, who learned from it since."""

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.store import Store
from feedback.store.lineage import TextOrigin, VersionOrigin
from studio.figures import when
from studio.markup import box, form_title, words
from studio.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Origin:
    text: TextOrigin
    version: VersionOrigin


def origin_of(store: Store, completion_id: int) -> Origin:
    """Raises UnknownRow."""
    text = store.lineage.of_text(completion_id)
    return Origin(text, store.lineage.of_version(text.model_version))


def show_origin(visitor: Visitor, found: Origin) -> None:
    with box("ol", "steps"):
        for step in _steps(visitor, found):
            words("li", step)


def _steps(visitor: Visitor, found: Origin) -> Iterator[str]:
    say, text = visitor.text, found.text
    yield say("studio-origin-prompt", form=form_title(visitor, text.form))
    facts = {"version": text.model_version, "arm": text.arm, "seed": str(text.seed)}
    yield say("studio-origin-text", when=when(text.created_at), **facts)
    yield from _steps_of_version(visitor, found.version)
    if text.learned_by:
        yield say("studio-origin-learned", versions=", ".join(text.learned_by))


def _steps_of_version(visitor: Visitor, version: VersionOrigin) -> Iterator[str]:
    say = visitor.text
    if version.run_id is None:
        known = version.kind if version.kind in {"base", "import"} else "elsewhere"
        yield say(f"studio-origin-{known}", version=version.name)
        return
    yield say("studio-origin-run", run=version.run_id, version=version.name, parent=version.parent or "–")
    if version.corpus:
        yield say("studio-origin-corpus", corpus=version.corpus)
    if version.snapshot_sha256:
        counts, beside = version.counts, sum(version.beside.values())
        liked, disliked = counts["train liked"], counts["train disliked"]
        yield say("studio-origin-rows", liked=liked, disliked=disliked, beside=beside)

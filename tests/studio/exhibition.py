"""A studio's rows after some weeks: two versions, a run with its verdict, a trial. For tests and pictures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col

from feedback.records import Answer, Figure, NewCompletion, NewPrompt, SnapshotItem
from feedback.store import Store
from feedback.tables import Completion, now
from studio.steering import Trial
from tests.studio.stored_inbox import VERSION

BETTER, TRIED = "v0001-cafe", "v0002-beef"
CAT = """A cat who ran ovens at night
baked rolls that were fluffy and light.
When mice came to call,
she fed one and all,
and they paid her in crumbs, bite by bite."""
BEFORE = """The train is at the station,
the train is at the station now,
the people are at the station,
and they are waiting somehow."""
AFTER = """The last train leaves without a sound,
its windows gold, its seats half bare;
one glove is left on frozen ground,
one hand still warm and waving there."""
READERS = tuple(f"reader {number}" for number in range(8))
PIECES = (
    (
        "haiku",
        "rain",
        "en",
        "Rain on the old roof,\nsoftly counting out the night.\nThe gutter keeps time.",
        "✓",
    ),
    ("wujue", "秋夜", "zh", "秋月照寒窗，\n风来夜未央。\n故人千里外，\n一梦到家乡。", "平仄 ✓"),
    ("limerick", "a cat who runs a bakery", "en", CAT, "AABBA ✓"),
    ("slogan", "a library that never closes", "en", "Open past the last page.", ""),
    (
        "haiku",
        "a lost key",
        "en",
        "Under the doormat\nthe key I was looking for\nlooks back, and is rust.",
        "✓",
    ),
)
RULES = (
    Figure("rule: perplexity kept", -0.41, 24, True, -0.9, 0.1),
    Figure("rule: distinct_2 kept", -0.021, 64, True, -0.05, 0.008),
    Figure("rule: repetition kept", 0.012, 64, True, -0.004, 0.03),
    Figure("rule: liking gained", 0.118, 64, True, 0.031, 0.204),
    Figure("rule: wins by the critic", 0.09, 64, True, 0.01, 0.19),
    Figure("perplexity", 22.8, 24, None, 20.1, 25.9),
    Figure("distinct_2", 0.79, 64, None, 0.76, 0.82),
)
EPOCHS = [
    {"train_loss": 2.61, "heldout_perplexity": 24.1},
    {"train_loss": 2.24, "heldout_perplexity": 22.8},
]
SAMPLES = [{"asked": "quatrain about the last train", "before": BEFORE, "after": AFTER}]


def written(store: Store, number: int, user: str, version: str = "base") -> Answer:
    """A piece of a reader on Slack, finished and shown."""
    return _written(store, PIECES[number % len(PIECES)], number, user, version)


def written_as(store: Store, text: str) -> int:
    """A piece of that text on a theme of the same words."""
    return _written(store, ("poem", text, "en", text, ""), 0, READERS[0], "base").completion_id


def rate(store: Store, completion_id: int, readers: int) -> None:
    """So many readers like it."""
    for number in range(readers):
        store.ratings.rate("slack", "T1", f"reader {number}", completion_id, 1.0, "button")


def _written(store: Store, piece: Sequence[str], number: int, user: str, version: str) -> Answer:
    form, theme, language, text, mark = piece
    key = f"exhibited {version} {number} {user} {text[:20]}"
    new = NewPrompt(key, "slack", "T1", user, "C1", "", "", language, form, theme, language, {})
    prompt, _ = store.prompts.accept(new)
    claimed = store.prompts.claim(prompt, 60, 3)
    assert claimed is not None
    return store.prompts.finish(
        prompt,
        claimed.lease,
        NewCompletion(version, number, text, 20, 32, 180.0, 1900.0, "stop", {"mark": mark}),
    )


def exhibit(store: Store, *, days: int = 12) -> int:
    """Fill the store; the number of its run."""
    store.versions.add(replace(VERSION, name=BETTER, artifact_sha256="e" * 64, kind="lora", parent="base"))
    tried = replace(VERSION, name=TRIED, artifact_sha256="f" * 64, kind="lora", parent=BETTER)
    store.versions.add(replace(tried, metrics={"steps": 96, "first_loss": 2.91, "last_loss": 2.2}))
    pieces = [
        _rated(store, day, number, version)
        for day in range(days)
        for version in (("base", BETTER) if day < days // 2 else ("base",))
        for number in range(3)
    ]
    return _run(store, pieces)


def _rated(store: Store, day: int, number: int, version: str) -> int:
    """A piece written so many days ago; of the better version more readers like it."""
    place = day * 3 + number
    answer = written(store, place, READERS[place % len(READERS)], version)
    likes = 5 if version == BETTER else 3
    for voice, user in enumerate(READERS):
        value = 1.0 if (voice * 5 + place) % 8 < likes else -1.0
        store.ratings.rate("slack", "T1", user, answer.completion_id, value, "button")
    _backdate(store, answer.completion_id, day)
    return answer.completion_id


def _backdate(store: Store, completion_id: int, days: int) -> None:
    moment = now() - timedelta(days=days)
    with store._database.writing() as session:
        mine = col(Completion.id) == completion_id
        session.execute(update(Completion).where(mine).values(created_at=moment))


def _run(store: Store, pieces: Sequence[int]) -> int:
    run = store.runs.enqueue({"exhibited": True})
    store.runs.start(run, "fence")
    items = [
        SnapshotItem(piece, n % 3 > 0, 1.0, "heldout" if n % 6 == 0 else "train")
        for n, piece in enumerate(pieces)
    ]
    items += [
        SnapshotItem(None, True, 0.5, "train", "replay", text_sha256=f"{n:064}", source="sonnets")
        for n in range(9)
    ]
    store.runs.attach(run, "fence", store.runs.save_snapshot("m" * 64, now(), items), "base")
    losses = [(step, 2.9 - 0.7 * (1 - 0.97**step) + 0.05 * (-1) ** step) for step in range(1, 97)]
    left_out = {"follow-up": 6, "readers are undecided": 9, "nearly the same as another text": 4}
    told = {"stage": "deciding", "losses": losses, "left_out": left_out, "samples": SAMPLES}
    store.runs.heartbeat(run, "fence", {**told, "before": 27.4, "heldout": 24, "epochs": EPOCHS})
    store.figures.save(run, TRIED, "s" * 64, RULES)
    store.runs.promote(run, "fence", ["trained by KTO: enough disliked pieces"], TRIED, share=0.2)
    return run


def trial() -> Trial:
    since = now() - timedelta(days=2)
    return Trial(TRIED, 0.2, since, since + timedelta(days=7), 31, 7, 0.24, 6.2, 1.0, 20.0)

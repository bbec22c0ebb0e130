"""Grow a Chinese poet from Tang and Song poems, and say what share of its single tries keeps each rule.

npm pack chinese-poetry@2.0.1 && tar xzf chinese-poetry-2.0.1.tgz
python -m benchmarks.chinese_poet --poems package/dist/quantangshi --epochs 3 --json
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.report import Figures, options_for, report

_NOTES = re.compile(r"（[^）]*）|\([^)]*\)|［[^］]*］|\[[^\]]*\]|〖[^〗]*〗|[「」『』“”]")
_MARKS = re.compile(r"[，。！？；：、\s]+")
_VERSE = re.compile(r"[\u3400-\u9fff]{5}")
_LONGEST_TITLE = 12  # Characters; longer ones tell an occasion, which nobody asks for.


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--poems", type=Path, required=True, help="folder of poet.*.json files")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: one per core")
    parser.add_argument("--home", type=Path, help="keep the model and its curves here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        corpus = home / "quatrains.jsonl"
        count = write_quatrains(given.poems, corpus)
        began = monotonic()
        run = _train(corpus, home, given.epochs, given.threads)
        minutes = (monotonic() - began) / 60
        figures = {"quatrains": count, "minutes": minutes, **_metrics(home, run["candidate"])}
    report(figures, as_json=given.json)


def write_quatrains(folder: Path, corpus: Path) -> int:
    """Simplified quatrains of five characters a line: 绝句, and the halves of 律诗."""
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    found = {text: title for title, text in _quatrains(folder)}
    with corpus.open("w", encoding="utf-8") as file:
        for text, title in found.items():
            row = {"title": simplify(title), "text": simplify(text)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(found)


def _quatrains(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.glob("poet.*.json")):
        for poem in json.loads(file.read_text(encoding="utf-8")):
            text = _NOTES.sub("", "".join(poem.get("paragraphs", ())))
            verses = [verse for verse in _MARKS.split(text) if verse]
            if len(verses) in (4, 8) and all(_VERSE.fullmatch(verse) for verse in verses):
                for half in range(0, len(verses), 4):
                    yield _title(poem.get("title", "")), "{}，\n{}。\n{}，\n{}。".format(*verses[half:])


def _title(title: str) -> str:
    first = re.split(r"\s", _NOTES.sub("", title).strip())[0]
    first = re.sub(r"其[一二三四五六七八九十]+$", "", first)
    return first if len(first) <= _LONGEST_TITLE else ""


def _train(corpus: Path, home: Path, epochs: int, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "worker", "train", str(corpus), "--from-scratch", "--in-form"]
    settings = {"RHAPSODE_HOME": str(home), "RHAPSODE_TRAIN_THREADS": str(threads)}
    options = ["--form", "wujue", "--epochs", str(epochs), "--dropout", "0", "--json"]
    done = subprocess.run(  # noqa: S603 - our own command.
        [*command, *options], env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    run: dict[str, Any] = json.loads(done.stdout)
    return run


def _metrics(home: Path, version: str) -> Figures:
    from worker.parts import Parts
    from worker.settings import Settings

    parts = Parts(Settings(home=home))
    try:
        return dict(parts.store.versions.get(version).metrics)
    finally:
        parts.close()


if __name__ == "__main__":
    main()

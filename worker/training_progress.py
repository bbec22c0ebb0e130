"""Show a training in the terminal: a bar for the steps, a line for each epoch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from feedback.records import RunRecord

Watch = Callable[[RunRecord], None]


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watch]:
    """What is told of a run's row; the bar is drawn only on a terminal."""
    if quiet:
        yield lambda _: None
        return
    console = Console(soft_wrap=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("starting", total=None)
        said: list[str] = []

        def watch(record: RunRecord) -> None:
            for line in lines_of(record.progress)[len(said) :]:
                said.append(line)
                bar.console.print(line)
            now = record.progress
            stage = "done" if record.finished_at else str(now.get("stage", "starting"))
            description = f"{stage} loss {now['loss']:.3f}" if "loss" in now else stage
            bar.update(task, description=description, completed=now.get("step", 0), total=now.get("steps"))

        yield watch


def lines_of(progress: dict[str, Any]) -> list[str]:
    """What is known so far, a line for each epoch; the first says what was before."""
    lines = []
    if progress.get("before") is not None:
        lines.append(f"before      test perplexity {progress['before']:.2f}")
    for number, epoch in enumerate(progress.get("epochs", ()), 1):
        lines.append(
            f"epoch {number}/{progress.get('of_epochs', '?')}  train loss {epoch['train_loss']:.3f}  "
            f"dev perplexity {epoch['dev_perplexity']:.2f}  test perplexity {epoch['test_perplexity']:.2f}"
        )
    return lines

"""Learning curves as a picture."""

from collections.abc import Sequence
from pathlib import Path

from retrain.loop import Epoch


def draw_curves(epochs: Sequence[Epoch], losses: Sequence[tuple[int, float]], file: Path) -> None:
    """Loss by step, and perplexity of dev and test by epoch, side by side. Replaces the file whole."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # Takes a second.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    by_step, by_epoch = figure.subplots(1, 2)
    by_step.plot([step for step, _ in losses], [loss for _, loss in losses], linewidth=0.8, color="#555555")
    by_step.set(title="Training loss", xlabel="step", ylabel="nats per token")
    numbers = range(1, len(epochs) + 1)
    for name, colour in (("dev_perplexity", "#1f6f8b"), ("test_perplexity", "#c8553d")):
        values = [epoch[name] for epoch in epochs]
        by_epoch.plot(numbers, values, marker="o", color=colour, label=name.replace("_perplexity", ""))
    by_epoch.set(title="Perplexity", xlabel="epoch")
    by_epoch.xaxis.get_major_locator().set_params(integer=True)
    by_epoch.legend()
    draft = file.with_suffix(".part")
    figure.savefig(draft, format="png", dpi=110)
    draft.replace(file)

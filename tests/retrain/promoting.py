"""A process that promotes version after version, to be killed: `python -m tests.retrain.promoting URL`."""

import sys
from itertools import count

from feedback.store import Store
from tests.feedback.pieces import version


def main() -> None:
    store = Store(sys.argv[1], b"key")
    for number in count(len(store.versions.all())):
        name = f"v{number}"
        store.versions.add(version(name))
        run_id = store.runs.enqueue({})
        store.runs.start(run_id, "f")
        store.runs.promote(run_id, "f", ["better"], name, share=0.2 if number % 3 == 0 else 0.0)
        if (trial := store.versions.trial()) is not None:
            store.versions.conclude(trial.id, "promote" if number % 2 else "quarantine", "the readers say so")
        print(name, flush=True)  # noqa: T201 - the test waits for it.


if __name__ == "__main__":
    main()

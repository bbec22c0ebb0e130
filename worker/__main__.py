"""`python -m worker` is `rhapsode`."""

import gc


def main() -> None:
    """Import the command line and run it."""
    gc.disable()  # All that is imported stays: looking through it time and again takes a tenth of the start.
    from worker.cli import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()

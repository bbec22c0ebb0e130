"""`python -m worker` is `rhapsode`."""

from worker.cli import main

main()

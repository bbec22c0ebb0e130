"""What is measured, each figure as a ratio of one run."""

"""Improve: ratings to dataset to candidate to proof."""

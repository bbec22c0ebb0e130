"""Translate between chat platforms and the service's own messages."""

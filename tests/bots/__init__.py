"""Tests of the chat adapters, with the real clients over real HTTP and WebSocket."""

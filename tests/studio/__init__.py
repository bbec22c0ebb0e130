"""The studio in a real browser, over real HTTP and WebSocket, on a real database."""

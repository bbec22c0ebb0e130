"""Stand-ins that behave like the real thing: platform servers, and an inbox kept in memory."""

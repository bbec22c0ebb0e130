"""Connect: settings, tasks, supervision, command line."""

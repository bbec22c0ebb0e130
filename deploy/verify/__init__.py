"""Runs docker-compose.yml on a real engine: `python -m deploy.verify`."""

"""Remember: tables, queries, migrations."""

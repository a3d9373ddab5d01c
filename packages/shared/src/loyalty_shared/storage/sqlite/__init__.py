"""A ledger store in one SQLite file: durable on one machine, with nothing to install."""

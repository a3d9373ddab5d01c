"""Order events in, points in the ledger: one message, one outcome."""

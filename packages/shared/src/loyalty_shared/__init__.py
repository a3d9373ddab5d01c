"""The rules, the ledger and its stores: what every part of the loyalty service shares."""

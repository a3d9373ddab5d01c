"""Where ledgers are kept: in memory, in SQLite, in DynamoDB; one contract, one suite of tests."""

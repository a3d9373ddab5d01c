"""A ledger store in one DynamoDB table: for who outgrows one machine."""

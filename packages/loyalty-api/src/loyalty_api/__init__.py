"""What a member has: the HTTP API of the loyalty service."""

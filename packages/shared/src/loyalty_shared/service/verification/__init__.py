"""What `verify` looks for: a member's history entry by entry, and all that refers to it."""

"""What the service answers, as frozen values; docs/API.md of the service explains each field."""

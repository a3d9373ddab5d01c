"""One machine: API, durable queue and processor in one program, and the `loyalty` command."""

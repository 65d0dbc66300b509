"""Telling people outside the console that something waits: webhooks, signed and retried, without payload."""

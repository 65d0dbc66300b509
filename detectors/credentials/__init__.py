"""Credentials: one module for each provider or form, all listed in `table`."""

"""Personal data: one module for each field, each with its patterns, check digits and number plans."""

"""The real console in a real browser, on a real gate and Kafka."""

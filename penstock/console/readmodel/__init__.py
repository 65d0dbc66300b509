"""The console's read model: what people see, folded from Kafka into an SQLite file that can be deleted at any time."""

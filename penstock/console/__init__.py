"""The review console: pages over a read model that Kafka can rebuild at any time; its only write is a signed review."""

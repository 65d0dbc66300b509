"""What can go wrong with the embedded Kafka, each with a stable code and advice."""

from __future__ import annotations

from detectors.errors import GateError


class BrokerError(GateError):
    """The embedded Kafka cannot be had or does not do what it was told.

    `code` is one of:

    - `BROKER_JAVA_MISSING`: no Java 17 or later.
    - `BROKER_JARS_UNAVAILABLE`: Kafka's jars are not in the cache and cannot be put there.
    - `BROKER_DATA_UNUSABLE`: the data folder is in use, belongs to another number of brokers, or cannot be written.
    - `BROKER_START_FAILED`: a broker process ended while it started.
    - `BROKER_NOT_READY`: a broker did not answer in time.
    - `BROKER_NOT_RUNNING`: the call needs a running broker (or one that is not running) and it is not so.
    """

    code = "BROKER_START_FAILED"
    advice = "see the log, or use a Kafka of your own with --bootstrap"

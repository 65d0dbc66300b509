"""The topic table says one thing, and nothing that a broker would refuse."""

from __future__ import annotations

import re

import pytest

from streams.intake import KIND_OF_TOPIC
from streams.topics import (
    INPUT_TOPICS,
    POLICIES,
    RECORD_BYTES,
    STATE,
    TOPICS,
    Cleanup,
    Role,
    Topic,
    TopicKey,
    TopicNames,
    topic_by_name,
)

BY_NAME = [pytest.param(topic, id=topic.name) for topic in TOPICS]


def test_names_differ_and_name_their_version() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert all(re.fullmatch(r"(agent|gate)\.[a-z]+(\.[a-z]+)?\.v1", topic.name) for topic in TOPICS)


@pytest.mark.parametrize("topic", BY_NAME)
def test_every_topic_has_a_writer_a_reader_and_a_note(topic: Topic) -> None:
    assert topic.writers and topic.readers and topic.note
    assert topic_by_name(topic.name) is topic


@pytest.mark.parametrize("topic", BY_NAME)
def test_what_reaches_executors_and_downstream_is_written_by_the_gate_only(topic: Topic) -> None:
    if {Role.EXECUTOR, Role.DOWNSTREAM, Role.AUDITOR} & set(topic.readers):
        assert topic.writers == (Role.GATE,)
    if Role.AGENT in topic.writers:
        assert topic.writers == (Role.AGENT,) and topic.readers == (Role.GATE,)


@pytest.mark.parametrize("topic", BY_NAME)
def test_configuration_is_text_and_fits_the_cleanup_policy(topic: Topic) -> None:
    config = topic.config()

    assert all(isinstance(value, str) for value in config.values())
    assert config["cleanup.policy"] == topic.cleanup.value
    assert ("retention.ms" in config) == (topic.cleanup is Cleanup.DELETE)
    assert int(config["max.message.bytes"]) == RECORD_BYTES


def test_audit_is_never_deleted_by_age() -> None:
    assert topic_by_name("gate.audit.v1").config()["retention.ms"] == "-1"


def test_all_topics_but_the_policies_have_a_partition_per_lane() -> None:
    assert {topic.partitions(8) for topic in TOPICS if topic is not POLICIES} == {8}
    assert POLICIES.partitions(8) == 1


def test_topics_that_are_compacted_are_those_with_keys_of_their_own() -> None:
    compacted = {topic.name for topic in TOPICS if topic.cleanup is Cleanup.COMPACT}

    assert compacted == {STATE.name, POLICIES.name}
    assert compacted == {topic.name for topic in TOPICS if topic.key is not TopicKey.AGENT}


def test_lane_reads_exactly_the_topics_that_hold_events_for_the_gate() -> None:
    for_the_gate = {topic.name for topic in TOPICS if topic.readers == (Role.GATE,) and topic is not STATE}

    assert {topic.name for topic in INPUT_TOPICS} == set(KIND_OF_TOPIC) == for_the_gate


def test_unknown_topic_is_an_error() -> None:
    with pytest.raises(KeyError):
        topic_by_name("agent.actions")


@pytest.mark.parametrize("prefix", ["", "staging.", "agent."])
def test_prefix_comes_and_goes(prefix: str) -> None:
    names = TopicNames(prefix)

    for topic in TOPICS:
        assert names.on_broker(topic.name) == prefix + topic.name
        assert names.in_table(names.on_broker(topic.name)) == topic.name

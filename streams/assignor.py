"""The group assignor: a lane's input partitions always go to one worker together.

Faust falls back to a round-robin over (topic, partition) pairs when an app has no tables; it keeps equal partition
numbers together only while their count is a multiple of the number of workers. Here a lane is the unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

VERSION = 0


def lanes_of(members: list[str], lanes: int) -> dict[str, list[int]]:
    """Which lanes each member gets: dealt out in turn over the sorted members, so that counts differ by at most one."""
    ordered = sorted(members)
    dealt: dict[str, list[int]] = {member: [] for member in ordered}
    for lane in range(lanes):
        dealt[ordered[lane % len(ordered)]].append(lane)
    return dealt


class LaneAssignor(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka ships no types
    """Assigns partition n of every subscribed topic to one member."""

    name = "penstock-lanes"
    version = VERSION

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """Assignment by member. A topic with fewer partitions than another simply has none in the later lanes."""
        topics = sorted({topic for metadata in members.values() for topic in metadata.subscription})
        partitions = {topic: set(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        lanes = max((len(numbers) for numbers in partitions.values()), default=0)
        dealt = lanes_of(list(members), lanes)
        return {
            member: ConsumerProtocolMemberAssignment(
                cls.version,
                [
                    (topic, [lane for lane in dealt[member] if lane in partitions[topic]])
                    for topic in topics
                    if topic in members[member].subscription
                ],
                b"",
            )
            for member in members
        }

    @classmethod
    def metadata(cls, topics: Any) -> Any:
        """What this member tells the group."""
        return ConsumerProtocolMemberMetadata(cls.version, list(topics), b"")

    @classmethod
    def on_assignment(cls, assignment: Any) -> None:
        """Nothing is remembered between assignments."""

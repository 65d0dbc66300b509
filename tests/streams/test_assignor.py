"""Lanes go to workers whole, and evenly."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from streams.assignor import LaneAssignor, lanes_of

TOPICS = ("a", "b", "c", "d")


@dataclass(frozen=True)
class Cluster:
    """A cluster, as far as an assignor reads it."""

    partitions: dict[str, int]

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """The partition numbers of a topic, None for one that is not there."""
        count = self.partitions.get(topic)
        return None if count is None else set(range(count))


def assigned(members: int, partitions: dict[str, int], *, reverse: bool = False) -> dict[str, dict[str, list[int]]]:
    """What each member gets, by topic."""
    names = sorted((f"member-{number}" for number in range(members)), reverse=reverse)
    metadata = {name: LaneAssignor.metadata(set(TOPICS)) for name in names}
    found = LaneAssignor.assign(Cluster(partitions), metadata)
    return {name: dict(assignment.assignment) for name, assignment in found.items()}


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5, 7, 8, 12])
@pytest.mark.parametrize("members", [1, 2, 3, 4, 5, 9])
def test_every_lane_goes_whole_to_one_member_and_counts_differ_by_at_most_one(members: int, lanes: int) -> None:
    found = assigned(members, dict.fromkeys(TOPICS, lanes))

    for topics in found.values():
        assert len({tuple(topics[topic]) for topic in TOPICS}) == 1
    counts = [len(topics["a"]) for topics in found.values()]
    assert max(counts) - min(counts) <= 1
    assert sorted(lane for topics in found.values() for lane in topics["a"]) == list(range(lanes))


def test_assignment_does_not_depend_on_the_order_of_members() -> None:
    partitions = dict.fromkeys(TOPICS, 5)

    assert assigned(3, partitions) == assigned(3, partitions, reverse=True)


def test_topic_with_fewer_partitions_has_none_in_the_later_lanes() -> None:
    found = assigned(2, {"a": 4, "b": 2, "c": 4})

    assert found == {
        "member-0": {"a": [0, 2], "b": [0], "c": [0, 2], "d": []},
        "member-1": {"a": [1, 3], "b": [1], "c": [1, 3], "d": []},
    }


def test_topics_that_are_not_there_give_everyone_nothing() -> None:
    assert assigned(2, {}) == {name: {topic: [] for topic in TOPICS} for name in ("member-0", "member-1")}


def test_lanes_are_dealt_in_turn_over_sorted_members() -> None:
    assert lanes_of(["b", "a"], 3) == {"a": [0, 2], "b": [1]}

"""Nodes of a cluster of three: the leader killed, the controller, two at once, each in turn.

No group and no transaction is in use (partitions are assigned by hand, producers are idempotent
only), so there is no coordinator to lose; the controller is what coordinates.
"""

import asyncio
import json
import random
import signal

from exchange.contracts.topics import REFERRALS
from exchange.local.kafka_node import KafkaNode
from tests.faults.fault_town import FaultTown
from tests.faults.on_processes import gone_and_back

ASKED_WITHIN_S = 10.0


async def leader_killed(town: FaultTown) -> None:
    """kill -9 of the leader of a partition of the ledger's topic."""
    admin = town.running.exchange.stack.kafka_admin.admin_client()
    told = await asyncio.to_thread(admin.list_topics, REFERRALS.name, ASKED_WITHIN_S)
    partition = random.choice(list(told.topics[REFERRALS.name].partitions.values()))
    await _killed(_nodes(town)[partition.leader])


async def controller_killed(town: FaultTown) -> None:
    """kill -9 of the controller's leader, as the nodes' own notes of the last election name it."""
    notes = [_election(node) for node in _nodes(town).values()]
    _, leader = max(notes)
    await _killed(_nodes(town)[leader])


async def two_killed(town: FaultTown) -> None:
    """kill -9 of two nodes at once: no record is acknowledged until one is back."""
    both = random.sample(list(_nodes(town).values()), 2)
    await asyncio.gather(*(_killed(node) for node in both))


async def rolling_restart(town: FaultTown) -> None:
    """Each node is told to stop and comes back, one after the other."""
    for node in _nodes(town).values():
        await gone_and_back(node.child, signal.SIGTERM)
        await node.wait_for_answer()


async def _killed(node: KafkaNode) -> None:
    await gone_and_back(node.child, signal.SIGKILL)
    await node.wait_for_answer()


def _nodes(town: FaultTown) -> dict[int, KafkaNode]:
    return {node.number: node for node in town.running.exchange.stack.kafkas}


def _election(node: KafkaNode) -> tuple[int, int]:
    """The newest epoch that this node knows of, and who leads in it."""
    noted = json.loads((node.data / "__cluster_metadata-0" / "quorum-state").read_text())
    return int(noted["leaderEpoch"]), int(noted["leaderId"])

"""Why a ledger may not be written, or cannot be recovered: each asks for a person."""

from collections.abc import Sequence


class ForkDanger(Exception):
    """Kafka has an entry that the ledger lacks: this service must not write another one."""

    def __init__(self, topic: str, partition: int, offset: int, event_id: str) -> None:
        super().__init__(
            f"台账缺少已发布的事件 {event_id}（{topic}/{partition}/{offset}），数据库可能由旧备份"
            "恢复；为免台账分叉，服务已停止，请先运行 fengqiao recover / the ledger lacks an event"
            " that is on Kafka: the database is older; run `fengqiao recover`, then start again"
        )
        self.topic, self.partition, self.offset, self.event_id = topic, partition, offset, event_id


class Forked(Exception):
    """The ledger and Kafka tell different histories of a dispute: a person must decide."""

    def __init__(self, code: str, sequence: int, expected: int) -> None:
        super().__init__(
            f"{code}: 主题上的序号 {sequence} 与台账的下一序号 {expected} 不符，须人工处理"
            f" / the topic has sequence {sequence} where the ledger continues with {expected}"
        )
        self.code, self.sequence, self.expected = code, sequence, expected


class Unrestorable(Exception):
    """A ledger does not rebuild its dispute: nothing of its batch was written."""

    def __init__(self, code: str, error: str) -> None:
        super().__init__(
            f"{code}: 不能由台账重建（{error}），请换用修正后的版本再运行"
            " / cannot be rebuilt from its ledger; run again with a mended release"
        )
        self.code = code


class StillRunning(Exception):
    """The service has live members: its ledger is recovered only while nobody writes it."""

    def __init__(self, members: Sequence[str]) -> None:
        super().__init__(f"请先停止服务 / stop the service first: {', '.join(members)}")
        self.members = tuple(members)

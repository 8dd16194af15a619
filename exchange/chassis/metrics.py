"""Prometheus metrics of one process; every name of them stands here. Labels carry no ids."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from exchange.chassis.fold import Folded

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What one service process counts."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._events = self._counter(
            "fengqiao_events_total", "Events by what became of them", "outcome"
        )
        self._retries = self._counter(
            "fengqiao_retries_total", "Batches tried again", "partition", "cause"
        )
        self._relayed = self._counter("fengqiao_relayed_total", "Outbox rows that Kafka has")
        self._handoffs = self._counter(
            "fengqiao_handoff_attempts_total", "Handoff attempts", "outcome"
        )
        self._clocks = self._counter("fengqiao_clocks_fired_total", "Clock rungs fired")
        self._requests = self._counter(
            "fengqiao_http_requests_total", "HTTP requests", "method", "route", "status"
        )
        self._request_s = Histogram(
            "fengqiao_http_request_seconds",
            "Time to answer",
            ("service", "route"),
            registry=self.registry,
            buckets=SECONDS,
        )
        self._lateness_s = Histogram(
            "fengqiao_clock_lateness_seconds",
            "From a clock's due instant to its event",
            ("service",),
            registry=self.registry,
            buckets=(*SECONDS, 30, 60, 300, 3600),
        )
        self._lag = self._gauge("fengqiao_lag_records", "Records not consumed yet", "partition")
        self._leases = self._gauge("fengqiao_leases", "Partition numbers held")
        self._alarms = self._gauge("fengqiao_alarms", "Alarms that stand")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, ("service", *labels), registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, ("service", *labels), registry=self.registry)

    def batch(self, _partition: int, folded: Folded, _records: int) -> None:
        for outcome in ("applied", "dropped", "parked"):
            self._events.labels(self._service, outcome).inc(getattr(folded, outcome))
        self._events.labels(self._service, "quarantined").inc(len(folded.writes.quarantined))

    def retried(self, partition: int, cause: str) -> None:
        self._retries.labels(self._service, str(partition), cause).inc()

    def relayed(self, rows: int) -> None:
        self._relayed.labels(self._service).inc(rows)

    def handoff(self, outcome: str) -> None:
        self._handoffs.labels(self._service, outcome).inc()

    def clock(self, lateness_s: float) -> None:
        self._clocks.labels(self._service).inc()
        self._lateness_s.labels(self._service).observe(max(0.0, lateness_s))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(self._service, method, route, str(status)).inc()
        self._request_s.labels(self._service, route).observe(seconds)

    def lag(self, partition: int, records: int) -> None:
        self._lag.labels(self._service, str(partition)).set(records)

    def leases(self, held: int) -> None:
        self._leases.labels(self._service).set(held)

    def alarms(self, standing: int) -> None:
        self._alarms.labels(self._service).set(standing)

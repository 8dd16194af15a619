-- What each worker of a partition was trying when its process last died over it: records and clocks
-- are counted apart, and trying writes no lease row.
CREATE TABLE suspects (
    partition integer NOT NULL,
    worker    text    NOT NULL,           -- 'record', 'clocks' (a pass), 'clock' (one alone)
    what      text    NOT NULL,
    epoch     bigint  NOT NULL,           -- the lease under which it was tried last
    tries     integer NOT NULL,           -- under how many leases: each but the last one died
    PRIMARY KEY (partition, worker)
);
ALTER TABLE leases DROP COLUMN trying, DROP COLUMN tries;

-- Under how many leases a handoff's answer was there and its folding did not come to an end.
ALTER TABLE handoffs ADD COLUMN settlings integer NOT NULL DEFAULT 0,
    ADD COLUMN settled_epoch bigint;

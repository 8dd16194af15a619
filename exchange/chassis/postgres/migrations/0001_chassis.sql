-- The tables that every service has in its own database.

-- Legal time: machine time, shifted only where the one row exists (a sandbox home): its start may
-- lie in the past, from then on it is only moved forward.
CREATE TABLE legal_offset (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    shift   interval NOT NULL
);

CREATE FUNCTION legal_now() RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT now() + coalesce((SELECT shift FROM legal_offset), interval '0') $$;

-- Who works on which partition number.
CREATE TABLE members (
    id          text PRIMARY KEY,
    seen_at     timestamptz NOT NULL
);

CREATE TABLE leases (
    partition   integer PRIMARY KEY,
    owner       text,
    epoch       bigint NOT NULL DEFAULT 0,
    deaths      integer NOT NULL DEFAULT 0,
    taken_mark  text NOT NULL DEFAULT '',   -- the positions at the last takeover
    trying      text,                       -- the suspect record tried since
    tries       integer NOT NULL DEFAULT 0
);

CREATE TABLE positions (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next        bigint NOT NULL,
    PRIMARY KEY (partition, topic)
);

-- Disputes (for the directory: agencies), one row each: the lock that orders everything.
CREATE TABLE disputes (
    code            text COLLATE "C" PRIMARY KEY,
    partition       integer NOT NULL,
    state           bytea,
    sequence_in     bigint NOT NULL DEFAULT 0,
    sequence_out    bigint NOT NULL DEFAULT 0,
    head            bytea NOT NULL DEFAULT '',
    parked          integer NOT NULL DEFAULT 0 CHECK (parked >= 0),
    traceparent     text
) WITH (fillfactor = 80);

CREATE TABLE inbox (
    id          text COLLATE "C" PRIMARY KEY,
    seen_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger (
    code        text COLLATE "C" NOT NULL,
    sequence    bigint NOT NULL,
    partition   integer NOT NULL,
    id          text NOT NULL UNIQUE,
    type        text NOT NULL,
    version     integer NOT NULL,
    at          timestamptz NOT NULL,
    headers     bytea NOT NULL,
    value       bytea NOT NULL,
    prev        bytea NOT NULL,
    hash        bytea NOT NULL,
    evidence    bytea,
    written_by  bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    PRIMARY KEY (code, sequence)
);
CREATE INDEX ledger_written_by ON ledger USING brin (written_by);

-- Each minute one signed root over the heads that changed; covered_to is a transaction id below
-- which every entry is in this checkpoint or an earlier one.
CREATE TABLE checkpoints (
    number      bigint PRIMARY KEY,
    sha256      text NOT NULL,
    signed      bytea NOT NULL,
    covered_to  bigint NOT NULL
);

CREATE TABLE checkpoint_heads (
    code        text COLLATE "C" NOT NULL,
    number      bigint NOT NULL,
    sequence    bigint NOT NULL,
    hash        bytea NOT NULL,
    leaf        bigint NOT NULL,
    path        bytea[] NOT NULL,
    PRIMARY KEY (code, number)
);

CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    partition   integer NOT NULL,
    topic       text NOT NULL,
    code        text NOT NULL,
    event_id    text NOT NULL,
    headers     bytea NOT NULL,
    value       bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, id)
);

CREATE TABLE relayed (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    last        bigint NOT NULL,
    PRIMARY KEY (partition, topic)
);

-- What the exchange owes to agencies.
CREATE TABLE handoffs (
    id              text PRIMARY KEY,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    code            text COLLATE "C" NOT NULL,
    partition       integer NOT NULL,
    agency          text NOT NULL,
    about           text NOT NULL,
    body            bytea NOT NULL,
    traceparent     text,
    created_at      timestamptz NOT NULL,
    state           text NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'unknown', 'delivered', 'dead', 'cancelled')),
    attempts        integer NOT NULL DEFAULT 0,
    claimed_until   timestamptz,
    again_at        timestamptz,
    written_by      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (code, agency, about)
);
CREATE INDEX handoffs_waiting ON handoffs (partition, code, agency, position)
    WHERE state IN ('open', 'unknown');
CREATE INDEX handoffs_of_agency ON handoffs (agency, position)
    WHERE state IN ('open', 'unknown');

CREATE TABLE attempts (
    handoff_id  text NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    outcome     text NOT NULL,
    PRIMARY KEY (handoff_id, number)
);

CREATE TABLE endpoints (
    agency      text PRIMARY KEY,
    failures    integer NOT NULL DEFAULT 0,
    open_until  timestamptz
);

-- Clocks, one row for each rung; due_at is a legal instant.
CREATE TABLE clocks (
    code        text COLLATE "C" NOT NULL,
    rule        text NOT NULL,
    instance    text NOT NULL,
    rung        integer NOT NULL,
    partition   integer NOT NULL,
    due_at      timestamptz NOT NULL,
    traceparent text,
    PRIMARY KEY (code, rule, instance, rung)
);
CREATE INDEX clocks_due ON clocks (partition, due_at);

-- What waits for a person.
CREATE TABLE parked_events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('event', 'clock', 'answer')),
    cause       text NOT NULL,
    error       text NOT NULL,
    source      text NOT NULL,
    event_id    text NOT NULL,
    event_at    timestamptz NOT NULL,
    traceparent text,
    headers     bytea NOT NULL,
    value       bytea NOT NULL,
    parked_at   timestamptz NOT NULL
);
CREATE INDEX parked_events_of_dispute ON parked_events (code, id);

CREATE TABLE quarantine (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    "offset"    bigint NOT NULL,
    key         bytea,
    headers     bytea NOT NULL,
    value       bytea,
    cause       text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);

CREATE TABLE alarms (
    kind        text NOT NULL,
    subject     text NOT NULL,
    detail      text NOT NULL,
    raised_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject)
);

-- Finding disputes again; exclusive rows belong to one dispute only.
CREATE TABLE index_rows (
    kind        text NOT NULL,
    key         text NOT NULL,
    code        text NOT NULL,
    value       text NOT NULL DEFAULT '',
    exclusive   boolean NOT NULL DEFAULT false,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, key, code)
);
CREATE UNIQUE INDEX index_rows_exclusive ON index_rows (kind, key) WHERE exclusive;

CREATE TABLE blobs (
    dispute_code text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    content      bytea NOT NULL,
    PRIMARY KEY (dispute_code, name)
);

CREATE TABLE tallies (
    name        text PRIMARY KEY,
    value       bigint NOT NULL
);

-- Answers given: one for each idempotency key of an agency.
CREATE TABLE replies (
    agency      text NOT NULL,
    key         text NOT NULL,
    digest      text NOT NULL,
    nonce       text NOT NULL,
    status      integer NOT NULL,
    body        bytea NOT NULL,
    code        text,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency, key)
);
CREATE UNIQUE INDEX replies_nonce ON replies (agency, nonce) WHERE nonce <> '';

-- The directory as this service last saw it.
CREATE TABLE agencies (
    code        text PRIMARY KEY,
    data        bytea NOT NULL,
    mode        text NOT NULL,
    concurrency integer NOT NULL
);
CREATE TABLE agencies_version (
    single      boolean PRIMARY KEY DEFAULT true CHECK (single),
    version     bigint NOT NULL
);
INSERT INTO agencies_version (version) VALUES (0);

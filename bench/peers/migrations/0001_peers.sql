-- The tables with which a peer does the bare spine's job.
CREATE TABLE inbox (id text PRIMARY KEY);
CREATE TABLE disputes (code text PRIMARY KEY, seen integer NOT NULL DEFAULT 0, state bytea);

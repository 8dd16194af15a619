-- Which version of the directory an agency was last listed in: only what is newer is read again.
ALTER TABLE agencies ADD COLUMN version bigint NOT NULL DEFAULT 0;
CREATE INDEX agencies_since ON agencies (version);

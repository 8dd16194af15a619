-- The bytes of a ledger entry are kept once: its outbox row has none, and is read by its event_id.
ALTER TABLE outbox ALTER COLUMN headers DROP NOT NULL, ALTER COLUMN value DROP NOT NULL;

-- Part of its ledger was read back from Kafka: what is decided again is not published again.
ALTER TABLE disputes ADD COLUMN recovered boolean NOT NULL DEFAULT false;

-- Rows are pruned by age; they lie in order of age, so a few bytes per page range find them.
CREATE INDEX inbox_age ON inbox USING brin (seen_at);
CREATE INDEX replies_age ON replies USING brin (at);
CREATE INDEX handoffs_age ON handoffs USING brin (created_at);

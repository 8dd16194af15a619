-- A recovered dispute is rebuilt from its ledger; nothing of it is decided again.
ALTER TABLE disputes DROP COLUMN recovered;

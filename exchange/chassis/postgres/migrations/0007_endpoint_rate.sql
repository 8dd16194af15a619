-- The rate of an endpoint, beside its circuit: a bucket of tokens, one for each try. None counted
-- yet: it is full.
ALTER TABLE endpoints ADD COLUMN tokens double precision, ADD COLUMN counted_at timestamptz;

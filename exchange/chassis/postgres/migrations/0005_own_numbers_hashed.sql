-- An agency's own number is known by its hash: what a paper was called lies nowhere in the clear.
UPDATE index_rows SET key = encode(sha256(convert_to(key, 'UTF8')), 'hex')
WHERE kind = 'own_number' AND key LIKE '%|%';

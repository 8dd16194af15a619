"""What is known of a county before any agency signs in: divisions, institutions, dispute kinds.

`<county>/divisions.json` is written by deploy/directory/make_facts.py from public lists;
`<county>/institutions.json` and `dispute_kinds.json` are kept by hand.
"""

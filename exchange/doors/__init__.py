"""What every linkage's door decides alike, whatever agency stands before it.

A door keeps a small projection of the canonical story (`projection`), turns an agency's act into
a proposal (`proposals`), and hands offers and notices to the agencies that it serves (`notices`);
`hearing` joins the three. `words`, `forms`, `refusals` and `sealed` are what their native forms
are written with. Nothing here knows a rule of law or an agency's code; all but `sealed` is pure.
"""

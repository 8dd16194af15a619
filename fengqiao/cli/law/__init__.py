"""`fengqiao law`: what the law says, asked from the shell. It needs no exchange that runs.

`program` names every command; `due`, `show`, `rules`, `lookups` and `workbook` answer them.
"""

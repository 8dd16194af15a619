"""What agencies and integrators import: `client`, `async_client`, `receive`, and `verifier`.

Nothing is imported here, so that the verifier loads without a line of the code that it checks.
"""

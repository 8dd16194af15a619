"""The acts, one short function each: what a lawful proposal makes the story tell.

Each is called when its row of the lifecycle has been checked. It checks what the act needs of its
own facts first, then tells; it raises Unlawful, and then nothing of the story is kept.
"""

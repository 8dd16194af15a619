"""The job beside what a builder would otherwise pick: `make bench`, everything in one run."""

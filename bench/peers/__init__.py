"""What a builder would otherwise pick, doing the same job: in an environment of their own."""

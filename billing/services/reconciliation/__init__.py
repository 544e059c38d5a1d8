"""Our books beside those of the providers, every day: what agrees, what is ours only, theirs only, or different, and who ended it."""

"""Backups: the main database with its files, and apart from it, elsewhere and for a shorter time, the key store.

A backup is a folder: a `manifest.json`, signed under the KEK, and parts that are a stream through zstd and age, each of which the programs
of these names open without us (docs/backups.md). A person who was erased is unreadable in every main backup, because their key is in none:
so a key store must never lie in a main backup, and an old one never be kept.
"""

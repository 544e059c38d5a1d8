"""What backups and restores refuse, in words for whoever runs them."""

from __future__ import annotations


class BackupError(Exception):
    """A backup or a restore that cannot be done; the text says why, and what to do."""


class NotConfigured(BackupError):
    """No place or no recipient was named."""


class Damaged(BackupError):
    """A backup is not what it was when it was made, or not of this house."""


class WrongIdentity(BackupError):
    """The identity does not open the backup."""


class Living(BackupError):
    """What would be overwritten is in use."""

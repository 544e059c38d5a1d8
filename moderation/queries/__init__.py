"""What moderation can be asked."""

"""What moderation tells the house: ids and plain values alone."""

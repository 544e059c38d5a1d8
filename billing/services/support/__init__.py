"""Asking the team, and its answers: `asking` by people, `desk` by the team, `letters` to those who have no account."""

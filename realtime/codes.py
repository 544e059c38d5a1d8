"""Codes with which the server closes a socket. The client's rules for each are in `frontend/socket.ts`."""

from __future__ import annotations

BAD_FRAMES = 4001
FORBIDDEN = 4003
SLOW = 4008
SUPERSEDED = 4009
REVOKED = 4010
DRAINING = 4012
RATE = 4029

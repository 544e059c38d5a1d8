"""A push service of this machine: RFC 8030 towards the house, the protocol of Mozilla's autopush towards a Firefox (docs/push.md)."""

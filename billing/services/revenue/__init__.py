"""What each day earned, by source and currency: read from the ledger (`tallying`), kept so that pages are quick (`rebuilding`)."""

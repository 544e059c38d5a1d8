"""The archive of a person's data: made by `building`, kept sealed by `pieces`, handed out by `handing`, read again by `reading`."""

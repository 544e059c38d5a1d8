"""The registers of the house as files, and what must be true of them: processing (GDPR article 30), the assessment of its risks (35),
transfers, controls, and which fields of the database say something about a person. Nothing here asks the database.
"""

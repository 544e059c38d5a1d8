"""The rates of VAT as they ship: what the migration seeds, and what holds for a country that the table says nothing of.

Source of the Union's rates: European Commission, "VAT rates applied in the Member States of the European Union" (Taxes in Europe
Database), standard rates in force since the day named. France's overseas departments: CGI, articles 294 and 296 (8.5 % in Guadeloupe,
Martinique and La Réunion, none in Guyane and Mayotte). Madagascar: Code général des impôts, article 06.01.12, normal rate. Comoros,
Mauritius, Seychelles: normal rates of their tax offices. None of them was read by counsel (docs/invoices.md).
"""

from __future__ import annotations

from datetime import date

STANDARD = "STANDARD"
_EARLY = date(2021, 7, 1)  # when the rules on electronic services that are built here began to hold

# country, hundredths of a percent, since when
RATES: tuple[tuple[str, int, date], ...] = (
    ("AT", 2000, _EARLY),
    ("BE", 2100, _EARLY),
    ("BG", 2000, _EARLY),
    ("CY", 1900, _EARLY),
    ("CZ", 2100, _EARLY),
    ("DE", 1900, _EARLY),
    ("DK", 2500, _EARLY),
    ("EE", 2000, _EARLY),
    ("EE", 2200, date(2024, 1, 1)),
    ("EE", 2400, date(2025, 7, 1)),
    ("ES", 2100, _EARLY),
    ("FI", 2400, _EARLY),
    ("FI", 2550, date(2024, 9, 1)),
    ("FR", 2000, _EARLY),
    ("GR", 2400, _EARLY),
    ("HR", 2500, _EARLY),
    ("HU", 2700, _EARLY),
    ("IE", 2300, _EARLY),
    ("IT", 2200, _EARLY),
    ("LT", 2100, _EARLY),
    ("LU", 1700, _EARLY),
    ("LU", 1600, date(2023, 1, 1)),
    ("LU", 1700, date(2024, 1, 1)),
    ("LV", 2100, _EARLY),
    ("MT", 1800, _EARLY),
    ("NL", 2100, _EARLY),
    ("PL", 2300, _EARLY),
    ("PT", 2300, _EARLY),
    ("RO", 1900, _EARLY),
    ("RO", 2100, date(2025, 8, 1)),
    ("SE", 2500, _EARLY),
    ("SI", 2200, _EARLY),
    ("SK", 2000, _EARLY),
    ("SK", 2300, date(2025, 1, 1)),
    ("GP", 850, _EARLY),
    ("MQ", 850, _EARLY),
    ("RE", 850, _EARLY),
    ("GF", 0, _EARLY),
    ("YT", 0, _EARLY),
    ("MG", 2000, _EARLY),
    ("KM", 1000, _EARLY),
    ("MU", 1500, _EARLY),
    ("SC", 1500, _EARLY),
)

"""The rest of the matrix as far as its tables exist, rules for people under Malagasy law, and grounds that can be read in every language.

A ground that two people have changed stays as they wrote it.
"""

from datetime import timedelta

from django.db import migrations

# code, whose law, clock, days, erasable, ground
ROWS = (
    ("CONNECTION", "MG", "EXPIRY", 0, True, "loi malgache 2014-006, art. 29 : trente jours, pour la sécurité"),
    ("PROFILE", "", "ENDED", 0, True, "contrat"),
    ("AGE_ASSERTION", "", "ENDED", 0, True, "minimisation"),
    ("IDENTITY", "", "ENDED", 1826, False, "décret 2021-1362, art. 2"),
    ("IDENTITY", "MG", "ENDED", 0, True, "loi malgache 2014-006 : rien n’est gardé d’avance"),
    ("ACCOUNT_OTHER", "", "ENDED", 365, False, "décret 2021-1362, art. 3"),
    ("ACCOUNT_OTHER", "MG", "ENDED", 0, True, "loi malgache 2014-006 : rien n’est gardé d’avance"),
    ("SESSION", "", "EXPIRY", 0, True, "sécurité"),
    ("CONSENT", "", "OVER", 1826, False, "RGPD, art. 7(1) : prouver l’accord"),
    ("DATA_REQUEST", "", "CLOSED", 1826, False, "RGPD, art. 12 : prouver ce que nous avons fait de la demande"),
    ("OUTBOX", "", "EXPIRY", 0, True, "fonctionnement"),
    ("PAYMENT", "", "ENDED", 365, False, "décret 2021-1362, art. 4"),
    ("PAYMENT", "MG", "ENDED", 30, False, "loi malgache 2014-006 ; le temps de rendre ce qui est dû"),
    ("TOP_UP_DRAFT", "", "EXPIRY", 30, True, "minimisation"),
)
GROUNDS = {
    "contract, minimisation": "contrat, minimisation",
    "safety: a report can open it for 24 hours": "sécurité : un signalement peut l’ouvrir pendant 24 heures",
    "contract: its author reads for a week what became of it": "contrat : l’auteur lit pendant une semaine ce qu’il est devenu",
    "security": "sécurité",
    "its owner took it back; a legal hold alone keeps it": "la personne l’a retirée ; seul un gel de la justice la garde",
    "contract": "contrat",
    "Code civil, art. 2224: as long as a contract may be argued about": "Code civil, art. 2224 : tant que l’on peut discuter d’un contrat",
    "DSA 17, 20; GDPR 17(3)(b), (e)": "DSA 17, 20 ; RGPD 17(3)(b) et (e)",
    "DSA 18: until the authority confirms, a year at most": "DSA 18 : jusqu’à la confirmation de l’autorité, un an au plus",
    "quality": "qualité des règles",
    "contract: the person finds the answer again": "contrat : la personne retrouve la réponse",
    "GDPR 33(5)": "RGPD, art. 33(5)",
    "proof of cooperation": "prouver notre coopération avec la justice",
    "disputes of banks reach back thirteen months": "les banques contestent jusqu’à treize mois après",
    "refunds by hand; disputes reach back thirteen months": "remboursements à la main ; les banques contestent jusqu’à treize mois après",
}


def seed(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule")
    for code, jurisdiction, clock, days, erasable, basis in ROWS:
        values = {"clock": clock, "keep": timedelta(days=days), "erasable": erasable, "basis": basis}
        rules.objects.get_or_create(code=code, jurisdiction=jurisdiction, defaults=values)
    for before, after in GROUNDS.items():
        rules.objects.filter(basis=before).update(basis=after)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0012_jurisdictions_and_requests")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

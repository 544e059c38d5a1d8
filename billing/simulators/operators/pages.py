"""The telephone of a payer, and the page of Orange: what a person presses. No script; the telephone looks again by itself every 3 s."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs

from billing.simulators.operators import orange
from billing.simulators.operators.control import press
from billing.simulators.operators.deals import OPEN, Book, Deal, State
from billing.simulators.operators.numbers import read_number
from billing.simulators.operators.speech import Call, Reply
from billing.simulators.operators.world import World

_KEY = re.compile(r"/phone/(0[0-9]{9})/(mvola|airtel)/([A-Za-z0-9-]{1,64})")
_NAMES = {"mvola": "MVola", "orange": "Orange Money", "airtel": "Airtel Money"}
_ENDS = {
    State.CONFIRMED: "confirmé, en cours",
    State.DOUBT: "l’opérateur ne sait pas encore",
    State.COMPLETED: "payé",
    State.FAILED: "refusé",
    State.EXPIRED: "sans réponse à temps",
}
_STYLE = """
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:start center;padding:24px 12px;
font:16px/1.5 system-ui,sans-serif;background:#e8ebee;color:#14202b}
main{width:100%;max-width:360px;min-height:560px;background:#fff;border:10px solid #14202b;border-radius:32px;padding:20px 16px}
h1{font-size:1.15rem;margin:0 0 4px}h2{font-size:1rem;margin:24px 0 8px}p{margin:4px 0 12px}
small,.note{color:#4a5966;font-size:.875rem}
article{border:1px solid #b9c3cc;border-radius:14px;padding:14px;margin:12px 0;background:#f6f8f9}
article strong{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
form{display:flex;gap:8px;margin-top:12px}form.wide{flex-direction:column}
button,input{font:inherit;min-height:44px;border-radius:10px;border:1px solid #14202b;padding:8px 12px;flex:1}
button{background:#fff;color:#14202b;cursor:pointer}button.yes{background:#0b5d3b;border-color:#0b5d3b;color:#fff}
button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #1657c0;outline-offset:2px}
ul{list-style:none;margin:0;padding:0}li{display:flex;justify-content:space-between;gap:12px;padding:8px 0;border-top:1px solid #d5dce2}
a{color:#1657c0}
@media (prefers-color-scheme:dark){body{background:#0c1319;color:#e6edf2}main{background:#16212b;border-color:#3a4854}
small,.note{color:#a9b8c4}article{background:#1d2a36;border-color:#3a4854}button,input{background:#16212b;color:#e6edf2;border-color:#7d8e9c}
button.yes{background:#2fa872;border-color:#2fa872;color:#06140d}li{border-color:#3a4854}a{color:#8ab8ff}}
"""


def answer(world: World, call: Call) -> Reply | None:
    """The reply to a browser; None for a call of an interface."""
    if call.path in {"/", "/phone", "/phone/"}:
        return _show_phones(call)
    if call.method == "GET" and call.path.startswith("/phone/"):
        number = read_number(call.path.removeprefix("/phone/"))
        return Reply(200, page=_phone(world, number)) if number else Reply(404, page=_frame("Numéro inconnu", "<h1>Numéro inconnu</h1>"))
    pressed = _KEY.fullmatch(call.path)
    if pressed and call.method == "POST":
        return _press_key(world, call, *pressed.groups())
    if call.path.startswith(orange.PAGE):
        return _answer_orange(world, call, call.path.removeprefix(orange.PAGE))
    return None


# ---- The telephone ---------------------------------------------------------------------------------------------------------------
def _show_phones(call: Call) -> Reply:
    """Which telephone is it? A number leads to it."""
    asked = call.query.get("number", "")
    number = read_number(asked)
    if number:
        return Reply(303, place=f"/phone/{number}")
    wrong = f'<p role="alert">« {escape(asked)} » n’est pas un numéro de Madagascar.</p>' if asked else ""
    field = '<label for="number">Numéro de téléphone</label><input id="number" name="number" inputmode="tel" value="0340000003">'
    words = "<h1>Téléphone de démonstration</h1><p class=note>Ici s’affichent les demandes de paiement envoyées à un numéro.</p>"
    return Reply(200, page=_frame("Téléphone", f'{words}{wrong}<form class="wide">{field}<button class="yes">Ouvrir</button></form>'))


def _phone(world: World, number: str) -> str:
    with world.lock:
        mine = [(name, deal) for name, book in world.books.items() for deal in book.deals.values() if deal.payer == number]
    mine.sort(key=lambda one: one[1].made_at, reverse=True)
    asks = "".join(_prompt(number, name, deal) for name, deal in mine if deal.state == State.WAITING and name != "orange")
    ended = "".join(_line(name, deal) for name, deal in mine[:20] if deal.state != State.WAITING)
    nothing = '<p class="note">Aucune demande en attente. Cette page se renouvelle toute seule.</p>'
    history = f"<h2>Historique</h2><ul>{ended}</ul>" if ended else ""
    return _frame(number, f"<h1>{number}</h1><small>Simulateur : aucun argent réel</small>{asks or nothing}{history}", again=3)


def _prompt(number: str, name: str, deal: Deal) -> str:
    keys = '<button name="key" value="approve" class="yes">Approuver</button><button name="key" value="refuse">Refuser</button>'
    where = f"/phone/{number}/{name}/{escape(deal.id)}"
    words = f"<small>{_NAMES[name]} : payer à {escape(deal.payee)}</small><strong>{_money(deal)}</strong>"
    words += f"<small>{escape(deal.reference)}</small>"
    return f'<article>{words}<form method="post" action="{where}">{keys}</form></article>'


def _line(name: str, deal: Deal) -> str:
    end = "remboursé" if deal.refunded_at else _ENDS[deal.state]
    return f"<li><span>{_NAMES[name]}<br><small>{end}</small></span><span>{_money(deal)}</span></li>"


def _press_key(world: World, call: Call, number: str, name: str, deal_id: str) -> Reply:
    book = world.books[name]
    deal = book.deals.get(deal_id)
    key = parse_qs(call.body.decode("utf-8", "replace")).get("key", [""])[0]
    if deal is None or deal.payer != number or key not in {"approve", "refuse"}:
        return Reply(404, page=_frame("Introuvable", "<h1>Cette demande n’existe pas</h1>"))
    press(world, book, deal, approve=key == "approve")
    return Reply(303, place=f"/phone/{number}")


# ---- The page of Orange ----------------------------------------------------------------------------------------------------------
def _answer_orange(world: World, call: Call, token: str) -> Reply:
    book = world.books["orange"]
    deal = book.deals.get(token)
    if deal is None:
        return Reply(404, page=_frame("Introuvable", "<h1>Ce paiement n’existe pas</h1>"))
    return _decide(world, book, deal, call) if call.method == "POST" else Reply(200, page=_orange_page(deal))


def _decide(world: World, book: Book, deal: Deal, call: Call) -> Reply:
    form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    number, key = read_number(form.get("number", "")), form.get("key")
    if key == "cancel":
        press(world, book, deal, approve=False)
        return Reply(303, place=str(deal.said["cancel_url"]))
    if key != "confirm" or not number:
        return Reply(400, page=_orange_page(deal, wrong="Ce n’est pas un numéro de Madagascar."))
    if not deal.payer:
        deal.payer = number
    press(world, book, deal, approve=True)
    return Reply(303, place=str(deal.said["return_url"]))


def _orange_page(deal: Deal, wrong: str = "") -> str:
    head = f"<h1>Orange Money</h1><small>Simulateur : aucun argent réel</small><article><small>{escape(deal.said['reference'])}</small>"
    head += f"<strong>{_money(deal)}</strong><small>{escape(deal.reference)}</small></article>"
    if deal.state not in OPEN or deal.state == State.CONFIRMED:
        back = f'<p><a href="{escape(str(deal.said["return_url"]))}">Retour au marchand</a></p>'
        return _frame("Orange Money", f"{head}<p>Ce paiement est {_ENDS[deal.state]}.</p>{back}")
    field = '<label for="number">Votre numéro Orange</label><input id="number" name="number" inputmode="tel" value="0320000003">'
    keys = '<button name="key" value="confirm" class="yes">Confirmer</button><button name="key" value="cancel">Annuler</button>'
    alert = f'<p role="alert">{wrong}</p>' if wrong else ""
    return _frame("Orange Money", f'{head}{alert}<form method="post" class="wide">{field}{keys}</form>')


# ---- Both ------------------------------------------------------------------------------------------------------------------------
def _money(deal: Deal) -> str:
    return f"{deal.amount:,}".replace(",", "\u202f") + "\u00a0Ar"


def _frame(title: str, body: str, again: int = 0) -> str:
    look = '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
    repeat = f'<meta http-equiv="refresh" content="{again}">' if again else ""
    head = f'<meta charset="utf-8">{look}{repeat}<title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="fr"><head>{head}</head><body><main>{body}</main></body></html>'

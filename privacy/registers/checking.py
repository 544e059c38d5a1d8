"""What must be true of the registers: each function says in words what is not. All facts come from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from core.hosts import Host, read_pattern
from privacy.registers.fieldmap import FieldMap, list_personal
from privacy.registers.reading import Activity, Assessment, Line, Transfer

REVIEW_EVERY = timedelta(days=366)


def check_fields(classified: FieldMap, present: Mapping[str, Collection[str]]) -> list[str]:
    """Every field is classified, and nothing is that there is not."""
    said = {f"{model}.{name}" for model, fields in classified.items() for name in fields}
    there = {f"{model}.{name}" for model, fields in present.items() for name in fields}
    unclassified = [f"gdpr.yml: {field} is not classified" for field in sorted(there - said)]
    return unclassified + [f"gdpr.yml: there is no {field}" for field in sorted(said - there)]


def check_activities(
    activities: Iterable[Activity],
    *,
    classified: FieldMap,
    codes: Collection[str],
    steps: Collection[str],
    transfers: Collection[str],
) -> list[str]:
    """Every model with personal fields belongs to one activity, with one rule and one step of an erasure, or a reason in the place of
    either; every activity has a basis, and all that it names exists."""
    activities, personal = list(activities), list_personal(classified)
    faults = _check_models([line for one in activities for line in one.data], personal)
    faults += [f"processing.yml: {key} stands twice" for key, count in Counter(one.key for one in activities).items() if count > 1]
    for one in activities:
        faults += [f"processing.yml, {one.key}: no basis"] if not one.basis else []
        faults += [f"processing.yml, {one.key}: no transfer {name}" for name in one.transfers if name not in transfers]
        for line in one.data:
            faults += [f"processing.yml, {one.key}, {'/'.join(line.models)}: {fault}" for fault in _check_line(line, codes, steps)]
    return faults


def check_exports(classified: FieldMap, *, shown: Collection[str], omitted: Collection[str]) -> list[str]:
    """Every personal field is in a file of the export (`shown`: `app.Model.field`), or left out in writing (`omitted`: the same, or
    `app.Model` for a whole table)."""
    personal = [(model, f"{model}.{name}") for model, names in sorted(list_personal(classified).items()) for name in sorted(names)]
    return [
        f"export: {field} is in no file, and nothing says why (privacy/export/omitted.py)"
        for model, field in personal
        if field not in shown and field not in omitted and model not in omitted
    ]


def check_transfers(
    transfers: Iterable[Transfer], *, hosts: Iterable[Host], addresses: Mapping[str, str], variables: Collection[str], used: Collection[str]
) -> list[str]:
    """Every server that may be asked, and every setting that holds an address of elsewhere, belongs to one transfer; every transfer names
    settings and variables that exist, and an activity uses it. `addresses`: those settings, each with the host that it names now."""
    transfers = list(transfers)
    faults = [f"transfers.yml: {key} stands twice" for key, count in Counter(one.key for one in transfers).items() if count > 1]
    named = {name for one in transfers for name in one.addresses}
    known = [read_pattern(host) for one in transfers for host in one.hosts]
    known += [Host(addresses[name]) for name in sorted(named) if addresses.get(name)]
    foreign = [host for host in hosts if not host.is_standin]
    faults += [f"OUTBOUND_HOSTS: {host.name} belongs to no transfer" for host in foreign if not any(_means(one, host) for one in known)]
    faults += [f"transfers.yml: no transfer names the setting {name}" for name in sorted(set(addresses) - named)]
    for one in transfers:
        faults += [f"transfers.yml, {one.key}: there is no setting {name}" for name in one.addresses if name not in addresses]
        faults += [f"transfers.yml, {one.key}: there is no variable {one.turned_on}"] if one.turned_on not in variables else []
        faults += [f"transfers.yml, {one.key}: no activity uses it"] if one.key not in used else []
    return faults


def check_assessment(assessment: Assessment, *, activities: Iterable[Activity], root: Path, today: date) -> list[str]:
    """It was looked at within a year, every activity with special data is in it, and what it rests on exists."""
    faults = []
    if assessment.next_review - assessment.reviewed_on > REVIEW_EVERY:
        faults.append("dpia.yml: the next review is more than a year away")
    if assessment.next_review < today:
        faults.append(f"dpia.yml: the review was due on {assessment.next_review}")
    known = {one.key: one.special for one in activities}
    covered = {key for risk in assessment.risks for key in risk.activities}
    faults += [f"dpia.yml: {key} has special data and no risk" for key, special in known.items() if special and key not in covered]
    faults += [f"dpia.yml: there is no activity {key}" for key in sorted(covered - set(known))]
    missing = [(risk.key, path) for risk in assessment.risks for path in risk.evidence if not (root / path).exists()]
    return faults + [f"dpia.yml, {key}: there is no {path}" for key, path in missing]


def _means(known: Host, host: Host) -> bool:
    """Whether a server of the settings is one of the register's: by its name, or below the same one."""
    if known.below:
        return host.name.endswith(f".{known.name}") or (host.below and host.name == known.name)
    return not host.below and host.name == known.name


def _check_models(lines: Iterable[Line], personal: Mapping[str, Collection[str]]) -> list[str]:
    named = Counter(model for line in lines for model in line.models)
    faults = [f"processing.yml: {model} belongs to no activity" for model in sorted(set(personal) - set(named))]
    faults += [f"processing.yml: {model} has no personal field" for model in sorted(set(named) - set(personal))]
    return faults + [f"processing.yml: {model} stands twice" for model, count in sorted(named.items()) if count > 1]


def _check_line(line: Line, codes: Collection[str], steps: Collection[str]) -> list[str]:
    faults = []
    for kind, named, known in (("retention rule", line.retention, codes), ("step of an erasure", line.erasure, steps)):
        if named.name and named.name not in known:
            faults.append(f"there is no {kind} {named.name}")
        if not named.name and not named.why_none.strip():
            faults.append(f"no {kind}, and no reason")
    return faults

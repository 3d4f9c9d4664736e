#!/usr/bin/env python3
"""Holds docs/aws-coverage.toml against AWS's service models and against the source.

Every operation that the source calls (src/aws/calls.rs), by itself or through aws-config, has its answer there, member by member: `read FILE` (in src/aws;
the accessor has to be there), `shown FILE` (whole, as it came), `copied FILE` (whole, into another call), or
`left: reason`; `used aws-config` where that crate reads it for us. Every write, and what aws-config calls, has its request
as well: `sent FILE`, `used aws-config`, or `left: reason`. `*` stands for the members of one
structure, `**` for a subtree; the pattern with the most to say wins. A subtree that is left names its number of members,
so that a newer model with new members is seen: `left 6: reason`.

usage: coverage.py             the test
       coverage.py --counts    how many members are read, shown, copied, sent, left
       coverage.py --missing   members without a decision, with the files that seem to read them
"""
import argparse
import collections
import functools
import re
import sys
import tomllib
from pathlib import Path

import botocore.session

ROOT = Path(__file__).resolve().parents[2]
AWS = ROOT / "src" / "aws"
TABLE = ROOT / "docs" / "aws-coverage.toml"
# the service in policies and botocore's name of it; operations that policies name otherwise
SERVICES = {"elasticloadbalancing": "elbv2"}
NAMES = {("s3", "ListBucket"): "ListObjectsV2"}
# what aws-config calls for the providers of credentials that the source names (src/aws/profile)
THROUGH = {
    ("sts", "AssumeRole"): "AssumeRoleProvider",
    ("sts", "AssumeRoleWithWebIdentity"): "WebIdentityTokenCredentialsProvider",
    ("sso", "GetRoleCredentials"): "SsoCredentialsProvider",
    ("sso-oidc", "CreateToken"): "SsoCredentialsProvider",
}
SESSION = botocore.session.get_session()


@functools.cache
def model(service):
    return SESSION.get_service_model(SERVICES.get(service, service))


def calls():
    """Service, operation and whether it is a write, for each that the source calls."""
    source = (AWS / "calls.rs").read_text()
    written = set(re.findall(r"calls::(\w+)", "".join(p.read_text() for p in (AWS / "write").glob("*.rs"))))
    # a definition may go over several lines
    for name, service, op in re.findall(r'(\w+)\s*=\s*"([\w-]+):(\w+)"', source):
        yield service, NAMES.get((service, op), op), name in written and not re.match("List|Describe|Get|Batch", op)
    providers = "".join(path.read_text() for path in (AWS / "profile").glob("*.rs"))
    for (service, op), provider in THROUGH.items():
        if provider in providers:
            yield service, op, True


def flat(shape, path=(), inside=()):
    """The members of a shape as paths, to the last; a shape inside itself ends there."""
    if shape is None:
        return
    if shape.type_name == "structure" and shape.name not in inside and shape.members:
        for name, member in shape.members.items():
            yield from flat(member, (*path, name), (*inside, shape.name))
    elif shape.type_name == "list":
        yield from flat(shape.member, (*path[:-1], path[-1] + "[]"), inside)
    elif shape.type_name == "map":
        yield from flat(shape.value, (*path[:-1], path[-1] + "{}"), inside)
    else:
        yield ".".join(path)


@functools.cache
def pattern(text):
    parts = [r".+" if part == "**" else re.escape(part).replace(r"\*", r"[^.]+") for part in text.split(".")]
    return re.compile(r"\.".join(parts))


def rank(text):
    """The longest literal part says the most."""
    return ("*" not in text, len(text.replace("*", "")))


def decide(path, entries):
    found = [text for text in entries if pattern(text).fullmatch(path)]
    return max(found, key=rank, default=None)


def snake(name):
    # the SDK takes GiB for one word
    name = re.sub(r"\W", "", name).replace("GiB", "Gib")
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


@functools.cache
def source(file):
    path = AWS / file
    return path.read_text() if path.is_file() else None


def says(file, name):
    """Whether a file of the source names a member: by its accessor, its setter, a field, or in its own JSON or XML."""
    text, plain = source(file), re.sub(r"\W", "", name)
    accessor = rf"\b(?:set_)?(?:r#)?{snake(plain)}\b"
    header = snake(plain).replace("_", "-")
    return bool(re.search(accessor, text)) or any(f'"{name}"' in text.lower() for name in (plain.lower(), header))


DECISION = re.compile(r"(read|shown|copied|sent) ((?:[\w/]+\.rs(?:, )?)+)|(used) aws-config|left(?: (\d+))?: (.{6,})")


def check(operation, half, paths, entries, problems, counts, missing):
    covered = collections.defaultdict(list)
    for path in paths:
        text = decide(path, entries)
        if text is None:
            problems.append(f"{operation} {half}: {path} has no decision")
            missing.append((operation, half, path))
        else:
            covered[text].append(path)
    for text, decision in entries.items():
        where = f"{operation} {half}: {text}"
        found, kind = covered.get(text, []), DECISION.fullmatch(decision)
        if not found:
            problems.append(f"{where}: no member of AWS's model is decided by it")
            continue
        if kind is None:
            problems.append(f"{where}: “{decision}” is no decision")
            continue
        verb, files, used, number, _ = kind.groups()
        counts[verb or used or "left"] += len(found)
        if used:
            if tuple(operation.split(".")) not in THROUGH:
                problems.append(f"{where}: aws-config does not call it")
            continue
        if verb is None:
            if "*" in text and int(number or 0) != len(found):
                problems.append(f"{where}: the model has {len(found)} members there, {number or 'no number of'} were looked at")
            continue
        if verb in ("read", "shown", "copied") and half == "request" or verb == "sent" and half == "answer":
            problems.append(f"{where}: {verb} in a {half}")
        names = files.split(", ")
        gone = [file for file in names if source(file) is None]
        if gone:
            problems.append(f"{where}: there is no src/aws/{gone[0]}")
            continue
        # what is taken whole is named by the subtree's own name alone
        whole = verb in ("shown", "copied") or text.endswith("**")
        for path in {text.removesuffix(".**").removesuffix(".*")} if whole else found:
            member = path.split(".")[-1]
            if member not in ("**", "*", "") and not any(says(file, member) for file in names):
                problems.append(f"{where}: {files} does not name {member}")


def guess(path):
    name = path.split(".")[-1]
    return [str(p.relative_to(AWS)) for p in sorted(AWS.rglob("*.rs")) if "test" not in p.name
            and re.search(rf"\.(?:set_)?(?:r#)?{snake(name)}\(", p.read_text())]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--missing", action="store_true")
    args = parser.parse_args()
    table = tomllib.loads(TABLE.read_text()) if TABLE.exists() else {}
    problems, missing, counts, known = [], [], collections.Counter(), set()
    for service, op, write in calls():
        name = f"{service}.{op}"
        known.add(name)
        shapes, entries = model(service).operation_model(op), table.get(name, {})
        halves = [("answer", shapes.output_shape)] + ([("request", shapes.input_shape)] if write else [])
        if set(entries) - {half for half, _ in halves}:
            problems.append(f"{name}: {sorted(set(entries) - {h for h, _ in halves})} is not asked for")
        for half, shape in halves:
            check(name, half, list(flat(shape)), entries.get(half, {}), problems, counts, missing)
    problems += [f"{name}: the source does not call it" for name in set(table) - known]
    if args.missing:
        for operation, half, path in missing:
            print(operation, half, path, *guess(path))
        return 0
    if args.counts:
        print(", ".join(f"{verb} {counts[verb]}" for verb in ("read", "shown", "copied", "used", "sent", "left")))
    for problem in problems:
        print(problem)
    if not problems:
        print(f"coverage: {sum(counts.values())} members of {len(known)} operations are decided")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the fuzzer must know of this product beyond its OpenAPI document."""

import datetime
import itertools
import json
import os
import pathlib
import re
import uuid

import schemathesis

# Codes of errors[] that speak of shape: the document states these rules, so no allowed body may break them.
SHAPE = {
    "invalid_format",
    "invalid_type",
    "invalid_value",
    "not_allowed",
    "out_of_range",
    "required",
    "too_few_items",
    "too_long",
    "too_many_items",
    "too_short",
    "unknown_member",
}

# Rules no schema can say, though they are refused like shape: code and pointer.
RULES = [
    ("out_of_range", r"#/(list|invoice)_price/amount"),  # an amount of money may be negative, a price may not
    ("invalid_value", r"#/(weekly/\w+|exceptions/\d+/frames)/\d+"),  # a frame ends after it begins
    ("invalid_value", r"#/attributes"),  # the attributes of an item take 4 KiB together
    ("invalid_type", r"#/attributes/pauses_sla"),  # this one of them is a flag
    ("invalid_value|required", r"#/options"),  # a field to choose from has choices, each once; no other has any
    ("invalid_value", r"#/(min|max|pattern|applies_when)"),  # what goes with a field's type; 15 digits; a pattern compiles
    ("required", r"#/(lat|lng|calendar_id|target_minutes)"),  # one goes with the other
]


def _is_rule(body, code, pointer):
    is_listed = any(re.fullmatch(name, code) and re.fullmatch(where, pointer) for name, where in RULES)
    return is_listed or _is_no_day(body, pointer)


def _is_no_day(body, pointer):
    """Whether a text looks like a date and is none, or lies outside 1970 to 2099: no schema can say that."""
    value = body
    for step in (pointer or "#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(step) if isinstance(value, list) else step]
        except (IndexError, KeyError, TypeError, ValueError):
            return False
    try:
        return not 1970 < datetime.date.fromisoformat(str(value)[:10]).year < 2099
    except ValueError:
        return isinstance(value, str) and value[4:5] + value[7:8] == "--"


_serial = itertools.count()

# Identifiers of the demo company by the name of their parameter (`prepare.py`): a call about an identifier nobody has
# ends at 404 and never meets a rule. Two users who must not see each other's objects make their own.
KNOWN = {} if os.environ.get("FUZZ_UNKNOWN_ONLY") else json.loads(pathlib.Path("out/known.json").read_text())


def _known(name, value):
    """One of the company's identifiers instead of three in four made-up ones; always the same for the same value."""
    try:
        number = uuid.UUID(value).int
    except (AttributeError, TypeError, ValueError):
        return value
    ids = KNOWN.get(name, [])
    return ids[number // 4 % len(ids)] if ids and number % 4 else value


def _with_known(members):
    if not isinstance(members, dict):
        return members
    return {name: _known(name, value) for name, value in members.items()}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return _with_known(path_parameters)


@schemathesis.hook
def map_body(context, body):
    return _with_known(body)


def _is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give each positive case a fresh Idempotency-Key: a repeated key answers what the first call got."""
    if case.headers and case.headers.get("Idempotency-Key") and _is_positive(case):
        case.headers["Idempotency-Key"] = f"fuzz-{next(_serial)}"


@schemathesis.check
def refused_for_its_shape(ctx, response, case):
    """A body the document allows may break a business rule (422), but not a rule of shape."""
    if response.status_code != 422 or not _is_positive(case):
        return
    problem = response.json()
    if problem.get("code") != "validation_failed":
        return
    # A parameter is judged where it is one: which keys a list sorts by stands in its description.
    errors = [(error.get("code"), error.get("pointer")) for error in problem.get("errors", [])]
    shape = [error for error in errors if error[0] in SHAPE and error[1] and not _is_rule(case.body, *error)]
    if shape:
        raise AssertionError(f"The document allows this body, the server refuses its shape: {shape}")

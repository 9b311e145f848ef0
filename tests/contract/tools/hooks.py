"""What the fuzzer must know of this product beyond its OpenAPI document."""

import itertools

import schemathesis

# Codes of errors[] that speak of shape: the document states these rules, so no allowed body may break them.
SHAPE = {
    "invalid_format",
    "invalid_type",
    "not_in_enum",
    "out_of_range",
    "pattern_mismatch",
    "required",
    "too_few",
    "too_long",
    "too_many",
    "too_short",
    "unknown_member",
}

_serial = itertools.count()


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
    shape = [error for error in problem.get("errors", []) if error.get("code") in SHAPE]
    if shape:
        raise AssertionError(f"The document allows this body, the server refuses its shape: {shape}")

"""What pyarrow says of an error, turned into what a user should read."""

from __future__ import annotations

import pytest
from dataverse_flight.errors import RefusedError, StreamEndedError, from_server, without_values

SENTENCE = "The client secret is wrong. (AADSTS7000215) Application: 1. Use the secret's value, not its id."
CONTEXT = ". gRPC client debug context: FAILED_PRECONDITION:credentials_rejected: x. Client context: OK"


@pytest.mark.parametrize(
    "before", ["", "Flight returned not found error, with message: ", "gRPC returned x, message: "]
)
@pytest.mark.parametrize("behind", ["", CONTEXT, ". Detail: Unauthenticated", "\n\tat java.lang"])
def test_a_refusal_is_found_whatever_stands_around_it(before: str, behind: str) -> None:
    error = from_server(OSError(f"{before}credentials_rejected: {SENTENCE}{behind}"))
    assert isinstance(error, RefusedError)
    assert (error.code, str(error)) == ("credentials_rejected", f"credentials_rejected: {SENTENCE}")


def test_a_word_before_a_colon_that_is_no_code_is_no_refusal() -> None:
    error = from_server(OSError("Flight returned unavailable error, with message: failed to connect: Socket closed"))
    assert isinstance(error, StreamEndedError)
    assert error.code is None
    assert "Socket closed" in str(error)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("In CSV column #1: CSV conversion error to int32: invalid value 'canary'", "in column 'b': CSV conversion"),
        ("In CSV column #7: CSV conversion error to int32: invalid value 'canary'", "in column 8: CSV conversion"),
        ("CSV parse error: Expected 2 columns, got 3: canary,canary,canary", "Expected 2 columns, got 3"),
        ("Could not convert 'canary' with type str: tried to convert to int64", "Could not convert a value with type"),
        ("The string 'it's canary' is not a valid decimal128 number", "a value is not a valid decimal128 number"),
        ("The string 'canary' cannot be represented as decimal128", "a value cannot be represented as decimal128"),
        ("Error converting 'canary' to decimal128(5, 2): precision", "Error converting a value to decimal128(5, 2)"),
        ("Failed to parse string: 'canary' as a scalar of type int32", "Failed to parse string: a value as a scalar"),
        ("Parquet magic bytes not found in footer.\nMore: canary", "Parquet magic bytes not found in footer"),
    ],
)
def test_values_that_pyarrow_quotes_are_left_out(raised: str, told: str) -> None:
    text = without_values(ValueError(raised), ["a", "b"])
    assert told in text
    assert "canary" not in text


@pytest.mark.parametrize(
    "raised",
    [
        "Integer value 4711 not in range: -128 to 127",
        "Float value -4711.5 was truncated converting to int32",
        "Casting from timestamp[us] to timestamp[s] would lose data: 4711",
    ],
)
def test_numbers_that_pyarrow_tells_are_left_out(raised: str) -> None:
    assert "4711" not in without_values(ValueError(raised))

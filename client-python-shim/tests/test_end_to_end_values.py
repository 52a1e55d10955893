"""What a Spark frame holds is what stands in Dataverse, and what comes back of a failed row: to the last digit."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from dataverse_flight import publish

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Emulator

pytestmark = pytest.mark.spark

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SCHEMA = """
    dv_code string, dv_byte byte, dv_short short, dv_int int, dv_big long, dv_decimal decimal(38,10),
    dv_money decimal(19,4), dv_single float, dv_double double, dv_flag boolean, dv_text string, dv_fixed char(10),
    dv_varying varchar(10), dv_memo string, dv_choice int, dv_day date, dv_instant timestamp, dv_local timestamp_ntz,
    dv_guid string, account string, dv_cents decimal(9,2)
"""
LOW: tuple[Any, ...] = (
    -128, -(2**15), -(2**31), -(2**63), Decimal("-99999999999.9999999999"), Decimal("-922337203685476.5807"), -0.5,
    -1234567.89, False, "", "ab", "", "", 1, dt.date(1753, 1, 1), dt.datetime(1753, 1, 2, tzinfo=dt.timezone.utc),
    dt.datetime.fromisoformat("1999-12-31T23:59:59.999999"), GUID, "A1",
)  # fmt: skip
HIGH: tuple[Any, ...] = (
    127, 2**15 - 1, 2**31 - 1, 2**63 - 1, Decimal("99999999999.9999999999"), Decimal("922337203685476.5807"), 0.1,
    2.51828, True, "  blanks kept  ", "abcdefghij", "ö𝄞", "a\r\nb\tc", 100000000, dt.date(9999, 12, 30),
    dt.datetime(2024, 3, 10, 6, 59, 59, 123456, tzinfo=dt.timezone.utc),
    dt.datetime.fromisoformat("2024-03-10T02:30"), GUID, "A2",
)  # fmt: skip
EXACT: tuple[Any, ...] = (
    0, 0, 0, 2**53 + 1, Decimal("0.0000000001"), Decimal("0.0001"), 0.25, 0.3, None, None, None, None, None, None, None,
    None, None, None, None,
)  # fmt: skip
NULLS: tuple[Any, ...] = (None,) * len(LOW)


def every_character() -> list[str]:
    """Every Unicode character that XML, and so Dataverse, may hold: in texts of at most 20,000, kept off their ends."""
    unfit = {*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF} - {0x9, 0xA, 0xD}
    points = [point for point in range(sys.maxunicode + 1) if point not in unfit]
    return [f"|{''.join(map(chr, points[start : start + 20_000]))}|" for start in range(0, len(points), 20_000)]


def frame_of(spark: Any) -> Any:
    """Each row twice: one that can stand, and one that fails by its `dv_cents`."""
    cases = [LOW, HIGH, EXACT, NULLS]
    memo = SCHEMA.split().index("dv_memo") // 2 - 1
    cases += [(*NULLS[:memo], text, *NULLS[memo + 1 :]) for text in every_character()]
    rows = [(f"good {n}", *case, None) for n, case in enumerate(cases)]
    rows += [(f"bad {n}", *case, Decimal("-0.01")) for n, case in enumerate(cases)]
    # Only a table has columns of char and varchar.
    spark.sql("drop table if exists dv_types")
    spark.sql(f"create table dv_types ({SCHEMA}) using parquet")
    plain = SCHEMA.replace("char(10)", "string").replace("varstring", "string")
    spark.createDataFrame(rows, plain).write.insertInto("dv_types")
    return spark.table("dv_types").repartition(3)


def standing(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row of the emulator in the values of the frame."""
    decimal = {name: None if row[name] is None else Decimal(row[name]) for name in ("dv_decimal", "dv_money")}
    instants = {name: _instant(row[name]) for name in ("dv_instant", "dv_local")}
    exact = {"dv_big": None if row["dv_big"] is None else int(row["dv_big"])}
    day = None if row["dv_day"] is None else dt.date.fromisoformat(row["dv_day"])
    account = None if row["dv_account"] is None else row["dv_account"]["id"]
    seen = {**row, **decimal, **instants, **exact, "dv_day": day, "account": account}
    return tuple(seen[name] for name in names())


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def names() -> list[str]:
    return [
        pair.split()[0] for pair in SCHEMA.replace("(38,10)", "").replace("(19,4)", "").replace("(9,2)", "").split(",")
    ]


def expected(row: Any, accounts: dict[str, str]) -> tuple[Any, ...]:
    """An input row as it must stand: an empty text is none, an instant an instant, a lookup the row it points to."""
    values = row.asDict()
    for name in ("dv_text", "dv_fixed", "dv_varying", "dv_memo"):
        values[name] = values[name] or None
    if values["dv_instant"] is not None:
        values["dv_instant"] = values["dv_instant"].astimezone(dt.timezone.utc)
    if values["dv_local"] is not None:
        values["dv_local"] = values["dv_local"].replace(tzinfo=dt.timezone.utc)
    if values["dv_single"] is not None:
        values["dv_single"] = float(f"{values['dv_single']:.7g}")
    values["account"] = accounts.get(values["account"])
    return tuple(values[name] for name in names())


def test_every_type_and_every_character_stands_exact_and_comes_back_unchanged(
    spark: Any, dataverse: Emulator, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"config": dataverse.config(), "progress": False, "on_failed": "ignore"}
    parents = spark.createDataFrame([("A1",), ("A2",)], "accountnumber string")
    publish(parents, table="account", mode="upsert", match_on="accountnumber", **options)
    accounts = {row["accountnumber"]: row["accountid"] for row in dataverse.rows("account")}
    frame = frame_of(spark)
    columns: dict[str, Any] = {name: name for name in frame.columns}
    columns["account"] = {"target": "dv_account", "lookup": {"table": "account", "by": ["accountnumber"]}}
    columns["dv_local"] = {"target": "dv_local", "timestamp": {"naive": "UTC"}}
    result = publish(
        frame, table="dv_sample", mode="upsert", match_on="dv_code", columns=columns,
        failed_rows=str(tmp_path / "failed"), **options,
    )  # fmt: skip
    back = result.failed_rows
    reasons = {
        (row["_dv_error_code"], row["_dv_error_column"], row["_dv_error_message"], row["_dv_retryable"])
        for row in back.collect()
    }
    below = "The value for dv_cents is a number below its minimum of 0."
    assert reasons == {("value_not_mappable", "dv_cents", below, False)}
    good = {row["dv_code"]: expected(row, accounts) for row in frame.where("dv_cents is null").collect()}
    assert {row["dv_code"]: standing(row) for row in dataverse.rows()} == good
    assert (result.acknowledged, result.failed) == (len(good), len(good))
    bad = frame.where("dv_cents < 0")
    assert sorted(back.select(*frame.columns).collect()) == sorted(bad.collect())


def test_the_service_own_reasons_come_back_with_the_row(spark: Any, dataverse: Emulator, tmp_path: Path) -> None:
    frame = spark.createDataFrame([("B1", "A9")], "`no.` string, `of.account` string")
    columns = {
        "no.": "dv_code",
        "of.account": {"target": "dv_account", "lookup": {"table": "account", "by": ["accountnumber"]}},
    }
    result = publish(
        frame, table="dv_sample", mode="upsert", match_on="dv_code", columns=columns, config=dataverse.config(),
        failed_rows=str(tmp_path / "failed"), on_failed="ignore", progress=False,
    )  # fmt: skip
    (row,) = result.failed_rows.collect()
    assert (row["no."], row["of.account"]) == ("B1", "A9")
    assert (row["_dv_error_code"], row["_dv_error_column"], row["_dv_http_status"]) == (
        "lookup_missing",
        "dv_account",
        404,
    )
    assert (row["_dv_service_code"], row["_dv_retryable"]) == ("0x80060891", True)
    assert row["_dv_request_id"]
    assert row["_dv_attempts"] == 1


def test_names_with_blanks_travel_where_no_table_has_to_hold_them(spark: Any, dataverse: Emulator) -> None:
    frame = spark.createDataFrame([("B1", "a name")], "`the key` string, `na``me` string")
    result = publish(
        frame, table="dv_sample", mode="upsert", match_on="dv_code", columns={"the key": "dv_code", "na`me": "dv_name"},
        config=dataverse.config(), progress=False,
    )  # fmt: skip
    assert result.acknowledged == 1
    assert [(row["dv_code"], row["dv_name"]) for row in dataverse.rows()] == [("B1", "a name")]

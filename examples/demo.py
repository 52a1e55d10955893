"""Five scenes: real Spark publishes TPC-H into an emulated Dataverse.

Each scene is checked against the emulator's ledger; exits 1 if anything does not add up. Leaves
`build/demo/summary.json` and the failed rows of scene 1 in `build/demo/failed_rows/account`.
"""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from typing import TYPE_CHECKING, Any

from dataverse_flight import PublishResult, publish, replay
from pyspark.sql import functions as fn
from rich.console import Console
from rich.table import Table
from stage import BUILD, Emulator, emulator, spark_session, tpch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CUSTOMER_COLUMNS = {
    "c_account": "accountnumber",
    "c_name": "name",
    "c_address": "address1_line1",
    "c_phone": "telephone1",
    "c_acctbal": "creditlimit",
    "c_mktsegment": "tpch_segment",
    "c_comment": "tpch_comment",
}
ORDER_COLUMNS = {
    "o_orderkey": "tpch_orderkey",
    "o_name": "tpch_name",
    "o_account": {"target": "tpch_account", "lookup": {"table": "account", "by": ["accountnumber"]}},
    "o_totalprice": "tpch_total",
    "o_orderdate": "tpch_orderedon",
    "o_orderpriority": "tpch_priority",
}
COMMENT_MAX = 114
# Time runs 75 times as fast. What was on its way when a 429 came is not early, and takes a while on a busy machine; the
# shortest Retry-After is a second.
LIMITS = ("--limits", "75", "--requests-per-window", "20", "--grace-ms", "700")
FAILED = BUILD / "failed_rows"

console = Console(width=140)


class Wrong(Exception):  # noqa: N818
    """Something that the ledger does not confirm."""


def check(claim: str, *, holds: bool) -> None:
    """Say what was compared; end the demonstration if it does not hold."""
    console.print(f"  [{'green' if holds else 'red'}]{'✓' if holds else '✗'}[/] {claim}")
    if not holds:
        raise Wrong(claim)


def entry(result: PublishResult) -> dict[str, Any]:
    """Return what `summary.json` says of a scene."""
    seconds = max(result.seconds, 0.001)
    return {
        "received": result.received,
        "acknowledged": result.acknowledged,
        "failed": result.failed,
        "not_sent": result.not_sent,
        "seconds": round(seconds, 3),
        "rows_per_second": 0.0 if result.skipped else round(result.received / seconds, 1),
        "failed_by_code": result.failed_by_code,
    }


def title(number: int, text: str) -> None:
    """Begin a scene."""
    console.print(f"\n[bold]{number}. {text}[/]")


def outcome(result: PublishResult) -> None:
    """Say in one line what became of the rows."""
    rate = result.received / max(result.seconds, 0.001)
    settled = f"{result.acknowledged:,} acknowledged, {result.failed:,} failed, {result.not_sent:,} not sent"
    cost = f"{result.seconds:.1f} s, {rate:,.0f} rows/s, {result.requests:,} requests"
    console.print(f"  {result.received:,} rows: {settled}  ({cost})")
    if result.stopped is not None:
        console.print(f"  [red]the run stopped, {result.stopped['code']}:[/] {result.stopped['message']}")


def show_failures(failed: DataFrame, columns: list[str]) -> None:
    """Count failures by code and column, and show the first few rows."""
    counts = failed.groupBy("_dv_error_code", "_dv_error_column").count().orderBy(fn.desc("count")).collect()
    table = Table("code", "column", "rows", title="failures by column", title_justify="left")
    for row in counts:
        table.add_row(row["_dv_error_code"], row["_dv_error_column"] or "", f"{row['count']:,}")
    console.print(table)
    shown = [*columns, "_dv_error_code", "_dv_error_column", "_dv_error_message"]
    rows = Table(*shown, title="the first failed rows", title_justify="left")
    for row in failed.select(*shown).orderBy(*columns[:1]).limit(4).collect():
        rows.add_row(*[str(value) for value in row])
    console.print(rows)


def customers(spark: SparkSession) -> DataFrame:
    """Return 15,000 customers with the account number that Dataverse knows them by."""
    frame = spark.read.parquet(tpch("customer", 0.1))
    return frame.withColumn("c_account", fn.format_string("C%09d", "c_custkey")).drop("c_custkey", "c_nationkey")


def orders(spark: SparkSession) -> DataFrame:
    """Return 15,000 orders of the first 1,500 customers."""
    frame = spark.read.parquet(tpch("orders", 0.01)).withColumn("o_account", fn.format_string("C%09d", "o_custkey"))
    return frame.select(
        fn.col("o_orderkey").cast("int").alias("o_orderkey"),
        fn.format_string("Order %d", "o_orderkey").alias("o_name"),
        "o_account",
        "o_totalprice",
        "o_orderdate",
        "o_orderpriority",
    )


def scene_customers(spark: SparkSession, world: Emulator, config: str) -> PublishResult:
    """Upsert customers on their account number; some fail for reasons of life."""
    title(1, "15,000 customers into account, matched on accountnumber")
    frame = customers(spark)
    target = str(FAILED / "account")
    result = publish(
        frame, table="account", mode="upsert", match_on="accountnumber", environment="demo", columns=CUSTOMER_COLUMNS,
        failed_rows=target, config=config, on_failed="ignore",
    )  # fmt: skip
    outcome(result)
    failed = spark.read.format("delta").load(target)
    show_failures(failed, ["c_account", "c_acctbal"])
    console.print(f"  the failed rows are in {target}")
    unfit = frame.where((fn.col("c_acctbal") < 0) | (fn.length("c_comment") > COMMENT_MAX))
    check("exactly the rows with a negative limit or an overlong comment failed", holds=result.failed == unfit.count())
    check("every failed row is in the Delta table", holds=failed.count() == result.failed)
    present = world.get("counts")["tables"]["account"]
    creates, rows = present["creates"], present["rows"]
    check(
        f"the ledger holds {creates:,} creates and {rows:,} accounts, as many as were acknowledged",
        holds=creates == rows == result.acknowledged,
    )
    return result


def scene_orders(spark: SparkSession, world: Emulator, config: str) -> PublishResult:
    """Upsert orders whose customer is looked up by key; the service refuses those without one."""
    title(2, "15,000 orders into tpch_order, each bound to its account by accountnumber")
    frame = orders(spark)
    target = str(FAILED / "tpch_order")
    result = publish(
        frame, table="tpch_order", mode="upsert", match_on="tpch_orderkey", environment="demo", columns=ORDER_COLUMNS,
        failed_rows=target, config=config, on_failed="ignore",
    )  # fmt: skip
    outcome(result)
    failed_accounts = (
        spark.read.format("delta").load(str(FAILED / "account")).select(fn.col("c_account").alias("o_account"))
    )
    orphans = frame.join(failed_accounts, "o_account", "left_semi").count()
    show_failures(spark.read.format("delta").load(target), ["o_orderkey", "o_account"])
    check(
        f"lookup_missing for exactly the {orphans:,} orders whose customer failed",
        holds=result.failed_by_code == {"lookup_missing": orphans},
    )
    present = world.get("counts")["tables"]["tpch_order"]
    check(
        f"the ledger holds {present['rows']:,} orders, as many as were acknowledged",
        holds=present["rows"] == result.acknowledged,
    )
    return result


def scene_limits(spark: SparkSession, config: str, world: Emulator) -> PublishResult:
    """Insert under service-protection limits, and lose the reply of a request that was applied."""
    title(3, "customers again, inserted under service-protection limits, with one lost reply")
    frame = customers(spark).where((fn.col("c_acctbal") >= 0) & (fn.length("c_comment") <= COMMENT_MAX))
    world.play({"match": {"path": "CreateMultiple$", "nth": 5}, "effect": "lose_reply"})
    result = publish(
        frame, table="account", mode="insert", row_key="c_account", environment="limited", columns=CUSTOMER_COLUMNS,
        failed_rows=str(FAILED / "limited"), config=config, on_failed="ignore",
    )  # fmt: skip
    outcome(result)
    counts = world.get("counts")
    early = counts["early"]
    waited = result.waited_ms / 1000
    console.print(f"  throttled {result.throttles} times, waited {waited:.0f} s, {early} early requests")
    lost = [request["fault"] for request in world.get("requests")["requests"] if "fault" in request]
    check("one reply was lost, of a request that was applied", holds=lost == ["lose_reply"] and not world.get("faults"))
    present = counts["tables"]["account"]
    check(
        "the service throttled, and no request came before its Retry-After", holds=result.throttles > 0 and early == 0
    )
    creates, rows = present["creates"], present["rows"]
    check(
        f"every row was created once: {creates:,} creates, {rows:,} rows, {result.acknowledged:,} acknowledged",
        holds=creates == rows == result.acknowledged == result.received,
    )
    return result


def scene_mended(spark: SparkSession, world: Emulator, config: str) -> PublishResult:
    """Mend the failed rows where they lie, and publish them again."""
    title(4, "the balances mended: failed rows read from Delta and published again")
    failed = spark.read.format("delta").load(str(FAILED / "account")).select(*CUSTOMER_COLUMNS)
    mended = failed.withColumn("c_acctbal", fn.greatest("c_acctbal", fn.lit(0).cast("decimal(15,2)"))).withColumn(
        "c_comment", fn.substring("c_comment", 1, COMMENT_MAX)
    )
    result = publish(
        mended, table="account", mode="upsert", match_on="accountnumber", environment="demo", columns=CUSTOMER_COLUMNS,
        failed_rows=str(FAILED / "account_mended"), config=config, on_failed="ignore",
    )  # fmt: skip
    outcome(result)
    again = replay(
        str(FAILED / "tpch_order"), match_on="tpch_orderkey", columns=ORDER_COLUMNS, config=config, on_failed="ignore"
    )
    settled = f"{again.acknowledged:,} acknowledged, {again.failed:,} failed"
    console.print(f"  and their orders, replayed: {again.received:,} rows: {settled}")
    check(f"failed → {result.failed}", holds=result.failed == 0 and again.failed == 0)
    counts = world.get("counts")["tables"]
    accounts, sales = counts["account"], counts["tpch_order"]
    check(
        f"the ledger holds all {accounts['rows']:,} accounts and {sales['rows']:,} orders, each created once",
        holds=accounts["rows"] == accounts["creates"] == customers(spark).count()
        and sales["rows"] == orders(spark).count(),
    )
    return result


def scene_again(spark: SparkSession, world: Emulator, config: str, first: PublishResult) -> PublishResult:
    """Start the first scene again under its run id."""
    title(5, f"scene 1 started again under run_id={first.run_id}")
    before = world.get("counts")["requests"]
    result = publish(
        customers(spark), table="account", mode="upsert", match_on="accountnumber", environment="demo",
        columns=CUSTOMER_COLUMNS, failed_rows=str(FAILED / "account"), run_id=first.run_id, config=config,
        on_failed="ignore",
    )  # fmt: skip
    sent = world.get("counts")["requests"] - before
    console.print(f"  already published, {sent} requests")
    same = (result.acknowledged, result.failed) == (first.acknowledged, first.failed)
    check("nothing was sent, and the counts are those of scene 1", holds=result.skipped and sent == 0 and same)
    return result


def main() -> int:
    """Play the five scenes."""
    warnings.filterwarnings("ignore")
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    summary: dict[str, Any] = {}
    with emulator() as world, emulator(*LIMITS) as limited:
        config = BUILD / "dataverse-flight.yaml"
        # JSON is YAML.
        environments = {"demo": world.environment("demo"), "limited": limited.environment("limited")}
        config.write_text(json.dumps({"environments": environments}, indent=2))
        console.print(f"Spark and Delta start …  (what they log: {BUILD / 'spark.log'})")
        spark = spark_session()
        try:
            first = scene_customers(spark, world, str(config))
            summary["customers"] = entry(first)
            summary["orders"] = entry(scene_orders(spark, world, str(config)))
            summary["limits"] = entry(scene_limits(spark, str(config), limited))
            summary["mended"] = entry(scene_mended(spark, world, str(config)))
            summary["again"] = entry(scene_again(spark, world, str(config), first))
        except Wrong:
            console.print("\n[red]The ledger says otherwise.[/]")
            return 1
        finally:
            (BUILD / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
            spark.stop()
    console.print(f"\n[bold green]Everything adds up.[/] {BUILD / 'summary.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

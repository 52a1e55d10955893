"""The command line: `dataverse-flight publish | replay | check | serve`.

Exit codes: 0 all rows acknowledged, 3 some failed, 4 stopped, 2 bad arguments or config, 130 interrupted, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataverse_flight.command import MODES
from dataverse_flight.errors import ArgumentError, DataverseFlightError, FrameError
from dataverse_flight.publishing import find_server, publish
from dataverse_flight.replaying import replay
from dataverse_flight.sidecar import server_command, server_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataverse_flight.result import PublishResult

ALL_ACKNOWLEDGED, OTHERWISE, BAD_ARGUMENTS, SOME_FAILED, STOPPED = 0, 1, 2, 3, 4
# As shells say of a program that Ctrl-C has ended.
INTERRUPTED = 130
# Reasons of failed rows that are shown where no table keeps them.
REASONS_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `serve` becomes the server and does not return."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["serve"]:
        return _serve(words)
    options = vars(_parser().parse_args(words))
    command = options.pop("command")
    try:
        return int(command({name: value for name, value in options.items() if value is not None}))
    except (ArgumentError, FrameError) as error:
        print(error, file=sys.stderr)
        return BAD_ARGUMENTS
    except DataverseFlightError as error:
        print(error, file=sys.stderr)
        return OTHERWISE
    except KeyboardInterrupt as interrupt:
        print(*(interrupt.args or ("Interrupted; nothing was sent.",)), file=sys.stderr)
        return INTERRUPTED


def exit_code(result: PublishResult) -> int:
    """Say in a number how a run went."""
    if result.stopped is not None or result.not_sent:
        return STOPPED
    return SOME_FAILED if result.failed else ALL_ACKNOWLEDGED


def _publish(options: dict[str, Any]) -> int:
    result = publish(options.pop("frame"), on_failed="ignore", **_with_token(options))
    print(result)
    if result.failed and result.failed_rows_table is None:
        _print_reasons(result.failed_rows.to_pylist())
    return exit_code(result)


def _print_reasons(rows: list[dict[str, Any]]) -> None:
    """Say why rows failed, of the commonest reasons; values are not part of them."""
    reasons = Counter((row["_dv_error_code"], row["_dv_error_message"]) for row in rows)
    for (code, message), count in reasons.most_common(REASONS_SHOWN):
        first = next(row["_dv_row"] for row in rows if row["_dv_error_message"] == message)
        where = f"row {first}" if count == 1 else f"{count:,} rows, the first is row {first}"
        print(f"  {code} ({where}, counted from 0): {message}")
    if len(reasons) > REASONS_SHOWN:
        print(f"  and {len(reasons) - REASONS_SHOWN:,} more reasons")


def _replay(options: dict[str, Any]) -> int:
    result = replay(options.pop("failed_rows"), on_failed="ignore", **_with_token(options))
    print(result)
    return exit_code(result)


def _check(options: dict[str, Any]) -> int:
    asked = {name: options.pop(name, None) for name in ("environment", "table")}
    server = find_server(**_with_token(options))
    print(json.dumps(server.call("check", **asked), indent=2))
    return ALL_ACKNOWLEDGED


def _serve(words: list[str]) -> int:
    """Replace this process by the server, so that signals reach it directly."""
    try:
        command = server_command(words)
    except DataverseFlightError as error:
        print(error, file=sys.stderr)
        return OTHERWISE
    if os.name == "nt":
        return subprocess.call(command, env=server_environment())  # noqa: S603 - our own program, no shell
    return os.execve(command[0], command, server_environment())  # noqa: S606 - as above


def _with_token(options: dict[str, Any]) -> dict[str, Any]:
    """Read the token from its file: an argument would show in the list of processes."""
    path = options.pop("token_file", None)
    if path is None:
        return options
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"--token-file {path!r} cannot be read. Name a file that holds the caller's token alone."
        raise ArgumentError(message) from error
    return {**options, "token": token}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _columns(text: str) -> Any:
    """Read `source=target,source=target`, or JSON in the full form."""
    if text.lstrip().startswith(("{", "[")):
        return json.loads(text)
    pairs = [pair.partition("=") for pair in _names(text)]
    if any(not equals for _, equals, _ in pairs):
        raise ValueError(text)
    return {source: target for source, _, target in pairs}


_columns.__name__ = "source=target,… or JSON"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dataverse-flight", description="Publish rows to Dataverse.")
    commands = parser.add_subparsers(required=True, metavar="publish|replay|check|serve")
    publishing = commands.add_parser("publish", help="publish a Parquet, CSV or Delta path")
    publishing.set_defaults(command=_publish)
    publishing.add_argument("frame", metavar="PATH", help="Parquet or CSV file, folder of Parquet files, Delta table")
    publishing.add_argument("--table", required=True, help="logical name, e.g. account")
    publishing.add_argument("--mode", required=True, choices=MODES)
    publishing.add_argument(
        "--row-key", type=_names, metavar="COLUMN,…", help="what makes a row unique, for insert; left out: all columns"
    )
    publishing.add_argument(
        "--order-by", type=_names, metavar="COLUMN,…", help="rows of one key are applied in this order"
    )
    publishing.add_argument("--failed-rows", metavar="DELTA_PATH", help="where failed rows go, with their reasons")
    publishing.add_argument("--outcomes", metavar="DELTA_PATH", help="where the outcome of every row goes")
    replaying = commands.add_parser("replay", help="publish failed rows again from their Delta table")
    replaying.set_defaults(command=_replay)
    replaying.add_argument("failed_rows", metavar="DELTA_PATH")
    replaying.add_argument("--where", help="SQL condition, default _dv_retryable")
    replaying.add_argument("--primary-key", help="attribute, for rows of an insert")
    for each in (publishing, replaying):
        _add_publish_options(each)
    checking = commands.add_parser("check", help="ask the server whether it can publish there")
    checking.set_defaults(command=_check)
    checking.add_argument("--table", help="logical name")
    for each in (publishing, replaying, checking):
        _add_server_options(each)
    commands.add_parser("serve", help="run the server here: serve --config FILE [--port N]")
    return parser


def _add_publish_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--match-on", type=_names, metavar="ATTRIBUTE,…", help="what names a row: primary key, alternate key, or others"
    )
    parser.add_argument("--columns", type=_columns, metavar="SOURCE=TARGET,…", help="or JSON in the full form")
    parser.add_argument("--ignore", type=_names, metavar="COLUMN,…", help="columns that go nowhere")
    parser.add_argument("--nulls", choices=("clear", "ignore"), help="a null clears the attribute, or leaves it alone")
    parser.add_argument(
        "--excess", choices=("refuse", "round", "truncate"), help="more digits or length than the attribute holds"
    )
    parser.add_argument("--on-missing", choices=("accept", "fail"), help="a delete of a row that is not there")
    parser.add_argument("--row-version", metavar="COLUMN", help="the version that a row must still have")
    parser.add_argument("--replace-row", action="store_true", default=None, help="an upsert may erase what is left out")
    parser.add_argument("--strategy", choices=("auto", "batch", "bulk"), help="how rows travel")
    parser.add_argument("--max-failed-rows", type=int, metavar="N", help="the run stops when more have failed")
    parser.add_argument("--max-failed-ratio", type=float, metavar="RATIO", help="the same, from 1,000 rows on")
    parser.add_argument("--run-id", help="names this run: the same run done again resumes")
    parser.add_argument(
        "--quiet", dest="progress", action="store_false", default=None, help="no progress on standard error"
    )


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--environment", help="a name in the server's config")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--config", metavar="FILE", help="start a server here with this config")
    where.add_argument("--endpoint", metavar="grpc://HOST:PORT", help="use a running server")
    parser.add_argument("--token-file", metavar="FILE", help="the caller's token, for a running server")
    parser.add_argument("--ca", metavar="FILE", help="root certificate of the server, PEM")


if __name__ == "__main__":
    sys.exit(main())

"""Reads by `read_all()` or `to_reader()`, which stop at, or skip, messages without rows."""

from common import exchange, failed, finish, options, report, write_all

try:
    writer, reader = exchange()
    if options.get("batches", 3) > 0:
        write_all(writer)
    writer.done_writing()
    table = reader.read_all() if options.get("by") == "read_all" else reader.to_reader().read_all()
    table.validate(full=True)
    report["rows"], report["columns"] = table.num_rows, table.schema.names
    writer.close()
except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
    failed(error)
finish()

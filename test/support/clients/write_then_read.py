"""Writes everything, then reads: the ordinary client with one thread. Ends explicitly if told to."""

from common import exchange, failed, finish, options, read_chunks, say_end, write_all

try:
    explicit = options.get("explicit", False)
    writer, reader = exchange(endsExplicitly=explicit)
    rows = write_all(writer)
    if explicit:
        say_end(writer, options.get("end_rows", rows))
    if options.get("half_close", True):
        writer.done_writing()
    read_chunks(reader)
    writer.close()
except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
    failed(error)
finish()

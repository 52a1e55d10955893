"""A task that dies half-way: raises, has its generator closed, or is killed. The first two look like an end."""

import os
from collections.abc import Iterator

from common import SCHEMA, batch, exchange, failed, finish, options


def publish() -> Iterator[int]:
    """Write without end; a Spark task does so in a generator."""
    writer, _reader = exchange(endsExplicitly=True)
    with writer:
        writer.begin(SCHEMA)
        for i in range(1000):
            writer.write_batch(batch(i * 10, 10))
            yield i


how = options["how"]
generator = publish()
try:
    for i in generator:
        if i == 2 and how == "raise":
            generator.throw(RuntimeError("the task died"))
        if i == 2 and how == "close":
            generator.close()
            break
        if i == 2 and how == "exit":
            os._exit(0)
except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
    failed(error)
finish()

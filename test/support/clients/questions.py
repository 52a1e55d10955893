"""The calls beside DoExchange."""

import json

from common import call_options, command, connect, failed, finish, options, report
from pyarrow import flight

try:
    client, call, ask = connect(), call_options(), options["ask"]
    path = flight.FlightDescriptor.for_path(*options.get("path", ["demo", "account"]))
    if ask == "get_schema":
        report["result"] = str(client.get_schema(path, call).schema)
    elif ask == "get_flight_info":
        info = client.get_flight_info(path, call)
        report["result"] = [str(info.schema), [part.decode() for part in info.descriptor.path], len(info.endpoints)]
    elif ask == "list_flights":
        found = client.list_flights(options.get("criteria", "").encode(), call)
        report["result"] = [[part.decode() for part in info.descriptor.path] for info in found]
    elif ask == "list_actions":
        report["result"] = [action.type for action in client.list_actions(call)]
    elif ask == "do_action":
        body = json.dumps(options.get("body", {})).encode()
        results = client.do_action(flight.Action(options["action"], body), call)
        report["result"] = [json.loads(result.body.to_pybytes()) for result in results]
    elif ask == "do_get":
        client.do_get(flight.Ticket(b""), call)
    elif ask == "do_put":
        writer, _reader = client.do_put(command(), __import__("pyarrow").schema([]), call)
        writer.close()
except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
    failed(error)
finish()

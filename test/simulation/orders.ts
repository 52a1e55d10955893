/** Orders with a code to match on, of a table whose plug-in refuses some: no client can know from metadata which. */
import { parseTables } from "../emulator/schema/load.ts";

export interface Refusal {
  /** Orders of this name. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

export function ordersRefusing({ name, code, message }: Refusal): ReturnType<typeof parseTables> {
  return parseTables(`
tables:
  x_order:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_code: {type: text, max_length: 100}
      x_count: {type: integer, min: 0}
    keys: {x_bycode: [x_code]}
    refuse_when:
      - {column: x_name, equals: ${name}, code: "${code}", message: "${message}"}
`);
}

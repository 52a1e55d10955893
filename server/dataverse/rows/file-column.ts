/** What a mapping and an upload know of a file: where it comes from, and what is sent. */
import type { Attribute } from "../metadata/attributes.ts";

/** A column that is sent as a file. */
export interface FileColumn {
  readonly attribute: Attribute;
  /** Index of the input column with the bytes. */
  readonly source: number;
  /** Index of the input column with the name. */
  readonly nameSource: number | undefined;
}

/** What is sent beside a part that is a request of its own. */
export interface FileContent {
  readonly name: string;
  /** A view over the record batch; undefined: the file is deleted. */
  readonly bytes: Uint8Array | undefined;
}

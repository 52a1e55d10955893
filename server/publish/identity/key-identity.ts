/**
 * The primary key of a row that an upsert creates because no row has its key: minted from table and key alone, so that two streams,
 * or two runs, that both find the key absent make one row and not two.
 */
import type { KeyTexts } from "../../dataverse/keys/find-key.ts";
import { murmur128 } from "./murmur.ts";

/** Part of every identity: a new form of identity gets a new tag, and never the ids of an old one. */
const VERSION_TAG = "dataverse-flight/key/1";
const SEED = 0x44564632;

/**
 * A UUIDv8 in lower case: 122 bits of the hash.
 * @param attributes logical names of the key's parts.
 * @param key as `equalTexts` gives it: the same for all keys that are one row.
 */
export function mintKeyId(table: string, attributes: readonly string[], key: KeyTexts): string {
  // The order in which a client names the parts makes no other row.
  const parts = attributes.map((name, i) => [name, key[i]] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = Buffer.from(JSON.stringify([VERSION_TAG, table, ...parts]), "utf8");
  const words = new Uint32Array(4);
  murmur128(bytes, bytes.length, SEED, words);
  const hex = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

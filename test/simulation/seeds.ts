/** Which seeds run: 1 to `count`, or the one that the environment names to replay it. */
export function seedsOf(count: number): readonly number[] {
  const only = process.env["SEED"];
  return only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];
}

/** Values of JSON. An object is two rows, names and values: the rows of one request have the same names, and share them. */

/** A number as it was written. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | NumberText | readonly Json[] | JsonObject;

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof JsonObject;
}

/** The names of an object's members, in order, each once. */
export class Shape {
  readonly names: readonly string[];
  private places: ReadonlyMap<string, number> | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  placeOf(name: string): number | undefined {
    this.places ??= new Map(this.names.map((known, place) => [known, place]));
    return this.places.get(name);
  }
}

/** What a ReadonlyMap is to those who read it. */
export class JsonObject {
  readonly shape: Shape;
  /** In the order of the shape's names. */
  readonly members: readonly Json[];

  constructor(shape: Shape, members: readonly Json[]) {
    this.shape = shape;
    this.members = members;
  }

  get(name: string): Json | undefined {
    const place = this.shape.placeOf(name);
    return place === undefined ? undefined : this.members[place];
  }

  has(name: string): boolean {
    return this.shape.placeOf(name) !== undefined;
  }

  keys(): readonly string[] {
    return this.shape.names;
  }

  *[Symbol.iterator](): Iterator<[string, Json]> {
    for (const [place, name] of this.shape.names.entries()) {
      yield [name, this.members[place] ?? null];
    }
  }
}

export const emptyObject = new JsonObject(new Shape([]), []);

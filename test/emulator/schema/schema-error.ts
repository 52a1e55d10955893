/** What is wrong with a schema, in a sentence that names the thing. */
export class SchemaError extends Error {}

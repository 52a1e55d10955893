/** Refusals in the service's own words: status, code and text. */

export class ServiceError extends Error {
  readonly status: number;
  /** Hexadecimal, as the Web API prints it. */
  readonly code: string;
  /** What `ErrorDetails` annotations say of it, by their last name; made only when somebody asks. */
  readonly details: () => Readonly<Record<string, unknown>>;
  constructor(status: number, code: string, message: string, details: () => Readonly<Record<string, unknown>> = none) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

function none(): Readonly<Record<string, unknown>> {
  return {};
}

/** A refusal from above the OData layer (batch reader, throttle), which has its own JSON shape. */
export class EnvelopeError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "EnvelopeError";
    this.status = status;
  }
}

export const codes = {
  burst: "0x80072322",
  time: "0x80072321",
  concurrency: "0x80072326",
  genericSql: "0x80044150",
  unexpected: "0x80040216",
  missing: "0x80040217",
  missingByKey: "0x80060891",
  keyNotDefined: "0x80060890",
  http: "0x8006088a",
  query: "0x80060888",
  payload: "0x80048d19",
  argument: "0x80040203",
  required: "0x80040200",
  textTooLong: "0x80044331",
  integerRange: "0x8004432f",
  decimalRange: "0x80044330",
  choice: "0x8004431a",
  date: "0x80040239",
  character: "0x80040278",
  duplicate: "0x80040237",
  duplicateKey: "0x80060892",
  version: "0x80060882",
  statePair: "0x80048408",
  state: "0x80043af9",
  privilege: "0x80040220",
  currencyNull: "0x80048cfb",
  baseUnderflow: "0x80048ceb",
  baseOverflow: "0x80048cec",
  options: "0x80061005",
  image: "0x80072553",
  fileSize: "0x80044a02",
  blockedFile: "0x80043e09",
  keySize: "0x80060895",
  associated: "0x80040227",
  duplicatesFound: "0x80040333",
  owner: "0x80040229",
  ownerDisabled: "0x8004022b",
  notMember: "0x80072560",
  userDisabled: "0x80040225",
  unsupportedMessage: "0x80040800",
  tooLarge: "0x8004418a",
  tracking: "0x80072491",
  versionExpired: "0x80044352",
} as const;

/** A body that OData itself cannot read. */
export function payloadError(setName: string, inner: string): ServiceError {
  return new ServiceError(
    400,
    codes.payload,
    `Error identified in Payload provided by the user for Entity :'${setName}'  ---->  InnerException : ${inner}`,
  );
}

/** Of a PATCH with rows in it. */
export function deepUpdate(): ServiceError {
  return new ServiceError(400, codes.query, "Deep update of navigation properties is not allowed.");
}

export function conversionError(setName: string, literal: string, edm: string): ServiceError {
  return payloadError(
    setName,
    `Microsoft.OData.ODataException: Cannot convert the literal '${literal}' to the expected type '${edm}'.`,
  );
}

export function missingRow(table: string, id: string, status = 404): ServiceError {
  return new ServiceError(status, codes.missing, `${table} With Id = ${id} Does Not Exist`);
}

/** Of a bulk update: all that are not there. */
export function missingRows(table: string, ids: readonly string[]): ServiceError {
  return new ServiceError(404, codes.missing, `${table} With Ids = ${ids.join(", ")} Do Not Exist`);
}

export function missingByKey(table: string, status = 404): ServiceError {
  return new ServiceError(
    status,
    codes.missingByKey,
    `A record with the specified key values does not exist in ${table} entity`,
  );
}

export function querySyntax(): ServiceError {
  return new ServiceError(400, codes.http, "Bad Request - Error in query syntax.");
}

export function duplicateRow(): ServiceError {
  return new ServiceError(412, codes.duplicate, "A record with matching key values already exists.");
}

export function unknownSegment(segment: string): ServiceError {
  return new ServiceError(404, codes.http, `Resource not found for the segment '${segment}'.`);
}

export function unknownProperty(table: string, property: string): ServiceError {
  return new ServiceError(
    400,
    codes.query,
    `Could not find a property named '${property}' on type 'Microsoft.Dynamics.CRM.${table}'.`,
  );
}

/** The OData error envelope. */
export function errorBody(code: string, message: string, annotations: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ error: { code, message, ...annotations } });
}

/** The shape of failures above the OData layer. */
export function envelopeBody(message: string, code = "0x0"): string {
  return JSON.stringify({
    Message: message,
    ExceptionMessage: message,
    ExceptionType: "Microsoft.OData.ODataException",
    StackTrace: "   at Microsoft.OData.MultipartMixed.ODataMultipartMixedBatchReader.ReadImplementation()",
    ErrorCode: code,
  });
}

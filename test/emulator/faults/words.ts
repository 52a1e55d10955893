/** Refusals by name, in the service's words. */

export interface Words {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function sql(code: string, text: string, number: number): Words {
  const signed = Number.parseInt(code, 16) | 0;
  return {
    status: 500,
    code,
    message: `Sql error: ${text} CRM ErrorCode: ${signed} Sql ErrorCode: -2146232060 Sql Number: ${number}`,
  };
}

export const namedErrors = {
  throttle_requests: {
    status: 429,
    code: "0x80072322",
    message: "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
  },
  throttle_time: {
    status: 429,
    code: "0x80072321",
    message:
      "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
  },
  throttle_concurrency: {
    status: 429,
    code: "0x80072326",
    message: "Number of concurrent requests exceeded the limit of 52.",
  },
  throttle_workers: { status: 429, code: "0x80072324", message: "Too many concurrent requests detected." },
  deadlock: sql("0x80044150", "Generic SQL error.", 1205),
  sql_timeout: sql("0x80044151", "Execution Timeout Expired.", -2),
  sql_network: sql("0x80073000", "A network-related or instance-specific error occurred.", 53),
  sql_busy: {
    status: 503,
    code: "0x8004a001",
    message: "The server is busy and the request was not completed. Try again later.",
  },
  lock: {
    status: 500,
    code: "0x80044339",
    message: "Could not obtain lock on resource: the request was chosen as a deadlock victim.",
  },
  request_too_large: { status: 413, code: "0x8004418a", message: "The request is too long." },
  message_too_large: {
    status: 500,
    code: "0x80040224",
    message: "Message size exceeded when sending context to Sandbox. Message size: 118 Mb",
  },
  plugin_timeout: {
    status: 500,
    code: "0x80044172",
    message: "The plug-in execution failed because the operation has timed-out at the Sandbox Client.",
  },
  plugin_abort: { status: 400, code: "0x80040265", message: "The plug-in refused the row." },
  unexpected: { status: 500, code: "0x80040216", message: "An unexpected error occurred." },
  unauthorized: { status: 401, code: "0x80040220", message: "The access token is not valid." },
  privilege: { status: 403, code: "0x80040220", message: "Principal user is missing a privilege." },
  user_disabled: { status: 403, code: "0x80040225", message: "The user is disabled." },
  not_a_member: { status: 403, code: "0x80072560", message: "The user is not a member of the organization." },
} as const satisfies Readonly<Record<string, Words>>;

export type ErrorName = keyof typeof namedErrors;

/** What a bare status says. */
const usualWords: Readonly<Record<number, Words>> = {
  401: namedErrors.unauthorized,
  403: namedErrors.privilege,
  413: namedErrors.request_too_large,
  429: namedErrors.throttle_requests,
  500: namedErrors.deadlock,
};

interface Given {
  readonly status?: number;
  readonly error?: ErrorName;
  readonly code?: string;
  readonly message?: string;
}

export function wordsOf({ status, error, code, message }: Given): Words {
  const usual = error === undefined ? (usualWords[status ?? 500] ?? namedErrors.unexpected) : namedErrors[error];
  return { status: status ?? usual.status, code: code ?? usual.code, message: message ?? usual.message };
}

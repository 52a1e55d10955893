/** What an environment's scheduler can be asked for at any moment: for metrics and for people. Names are those of the config. */

export interface EnvironmentFigures {
  /** Requests that may be under way at once. */
  readonly lanes: number;
  readonly inFlight: number;
  /** Web servers that are known by their cookies. */
  readonly servers: number;
  /** Since the process began. */
  readonly waitedSeconds: Readonly<Record<"outage" | "throttled" | "limits" | "lanes", number>>;
  readonly principals: readonly PrincipalFigures[];
}

export interface PrincipalFigures {
  /** The client id. */
  readonly name: string;
  /** Refused, and left alone for a while. */
  readonly isQuarantined: boolean;
  /** Execution charged since the process began, by our reckoning. */
  readonly executedSeconds: number;
  /** Operations since midnight (UTC), or since the process began. */
  readonly operationsToday: number;
  readonly budgets: readonly BudgetFigures[];
}

export interface BudgetFigures {
  /** A number from 1 to 64, in the order of discovery; `any` where servers cannot be addressed. */
  readonly server: string;
  /** Of the window, until it is used up by our reckoning; infinite while nothing is known of its size. */
  readonly secondsLeft: number;
  readonly requestsLeft: number;
  readonly inFlight: number;
  /** Of the documented limits, what is planned with: less where others use the principal too. */
  readonly share: number;
}

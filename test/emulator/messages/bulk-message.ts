/** The names of the messages that take many rows of one table. */

const messages = ["CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple"] as const;

export type BulkMessage = (typeof messages)[number];

export function isBulkMessage(name: string): name is BulkMessage {
  return messages.some((message) => message === name);
}

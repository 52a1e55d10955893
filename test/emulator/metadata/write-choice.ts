/** Global choices made, changed and deleted through `GlobalOptionSetDefinitions`, and single options through actions. */
import type { Session } from "../environment.ts";
import { withChangedColumn } from "../schema/alter.ts";
import { isCustom } from "../schema/build.ts";
import { optionsOf } from "../schema/definition.ts";
import type { Choice, Option } from "../schema/types.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import type { Body } from "./body.ts";
import { redefine } from "./change.ts";
import { readOptions } from "./option-form.ts";
import { choiceId } from "./option-item.ts";
import { badArgument, badPrefix, duplicateChoice, inUse } from "./refusals.ts";

export function createChoice(session: Session, body: Body): PartReply {
  const name = body.text("Name") ?? "";
  if (!isCustom(name)) {
    throw badPrefix(name, "OptionSet");
  }
  const { choices } = session.catalog;
  if ([...choices.keys()].some((known) => known.toLowerCase() === name.toLowerCase())) {
    throw duplicateChoice();
  }
  const label = body.label("DisplayName")?.text ?? name;
  choices.set(name, { name, label, options: optionsOf(readOptions(body.list("Options"))), custom: true });
  return entityId(session, `GlobalOptionSetDefinitions(${choiceId(name)})`);
}

export function updateChoice(session: Session, choice: Choice, body: Body): PartReply {
  const label = body.label("DisplayName")?.text ?? choice.label;
  const options = body.has("Options") ? optionsOf(readOptions(body.list("Options"))) : choice.options;
  changeChoice(session, { ...choice, label, options });
  return noContent();
}

/** Every column that shares the choice has the new options. */
function changeChoice(session: Session, choice: Choice): void {
  session.catalog.choices.set(choice.name, choice);
  for (const table of session.catalog.tables) {
    for (const column of table.columns.filter((one) => one.choice === choice.name)) {
      const current = session.catalog.named(table.name);
      redefine(session, withChangedColumn(current, { ...column, options: choice.options }));
    }
  }
}

export function deleteChoice(session: Session, choice: Choice): PartReply {
  const users = session.catalog.tables.flatMap(({ columns }) => columns.filter((one) => one.choice === choice.name));
  if (users.length > 0) {
    throw inUse("OptionSet", choiceId(choice.name), users.length);
  }
  session.catalog.choices.delete(choice.name);
  return noContent();
}

/** `InsertOptionValue`: into a global choice, or into that of one column. Answers with the option's value. */
export function insertOption(session: Session, body: Body): number {
  const shared = body.text("OptionSetName");
  const choice = shared === undefined ? undefined : session.catalog.choices.get(shared);
  if (choice !== undefined) {
    const options = extended(choice.options, body);
    changeChoice(session, { ...choice, options });
    return options.at(-1)?.value ?? 0;
  }
  const table = session.catalog.find(body.text("EntityLogicalName") ?? "");
  const column = table?.byName.get(body.text("AttributeLogicalName") ?? "");
  if (table === undefined || column === undefined || column.options.length === 0 || column.choice !== undefined) {
    throw badArgument("The option set or attribute to insert into could not be found.");
  }
  const options = extended(column.options, body);
  redefine(session, withChangedColumn(table, { ...column, options }));
  return options.at(-1)?.value ?? 0;
}

function extended(options: readonly Option[], body: Body): readonly Option[] {
  const value = body.whole("Value") ?? Math.max(99_999_999, ...options.map((option) => option.value)) + 1;
  if (options.some((option) => option.value === value)) {
    throw badArgument(`The option value ${value} is used already.`);
  }
  const words = body.label("Label");
  const labels = new Map(Object.entries(words?.others ?? {}).map(([code, text]) => [Number(code), text]));
  return [...options, { value, label: words?.text ?? String(value), ...(labels.size === 0 ? {} : { labels }) }];
}

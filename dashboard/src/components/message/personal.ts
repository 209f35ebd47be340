/** Personal fields for people: what they are called, and who the preview is shown to. */
import { t } from "@lingui/core/macro";
import { type FieldName, NOBODY, type Person } from "./markup/fields";

export function fieldName(field: FieldName): string {
  return { first_name: t`First name`, username: t`Username` }[field];
}

export type Reader = "ann" | "nobody";
export const READERS: Record<Reader, Person> = {
  ann: { first_name: "Ann", username: "ann" },
  nobody: NOBODY,
};

export function readerName(reader: Reader): string {
  return { ann: t`Ann`, nobody: t`somebody without a name` }[reader];
}

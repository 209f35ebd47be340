import { plural, t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { type Query, QueryView } from "./ui/query-view";

type Counted = Answer<"/api/users/{user_id}/deletion">;

type Props<Found extends Counted> = {
  query: Query<Found>;
  /** What becomes of people, before what is erased. */
  first: (found: Found) => string;
  /** What else stays. */
  last?: (found: Found) => string | null;
};

/** What goes with an account or a team, and what stays; read when the dialog opens. */
export function WhatGoes<Found extends Counted>({ query, first, last }: Props<Found>) {
  return (
    <QueryView query={query} what={t`what would go`} rows={2}>
      {(found) => {
        const { bots, drafts, ads, goes, stays } = found;
        return (
          <div className="flex flex-col gap-2">
            <p>{first(found)}</p>
            <p>{t`Erased: ${plural(bots, { one: "# bot", other: "# bots" })} with ${plural(goes.chats, { one: "# chat", other: "# chats" })} and ${plural(goes.messages, { one: "# message", other: "# messages" })}, ${plural(drafts, { one: "# ad that was never launched", other: "# ads that were never launched" })}. That cannot be undone.`}</p>
            <p>{t`Stays: ${plural(ads, { one: "# launched ad", other: "# launched ads" })} and the figures of ${plural(stays.broadcasts, { one: "# broadcast", other: "# broadcasts" })}, for admins and viewers.`}</p>
            {last?.(found) && <p>{last(found)}</p>}
          </div>
        );
      }}
    </QueryView>
  );
}

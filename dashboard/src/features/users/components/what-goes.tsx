import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/ui/query-view";
import { deletionOptions } from "../api/get-deletion";

/** What goes with an account, and what stays; read when the dialog opens. */
export function WhatGoes({ id }: { id: number }) {
  const deletion = useQuery(deletionOptions(id));
  return (
    <QueryView query={deletion} what={t`what would go`} rows={2}>
      {({ bots, drafts, ads, goes, stays }) => (
        <div className="flex flex-col gap-2">
          <p>{t`Nobody can sign in with it again. Erased: ${plural(bots, { one: "# bot", other: "# bots" })} with ${plural(goes.chats, { one: "# chat", other: "# chats" })} and ${plural(goes.messages, { one: "# message", other: "# messages" })}, ${plural(drafts, { one: "# ad that was never launched", other: "# ads that were never launched" })}. That cannot be undone.`}</p>
          <p>{t`Stays: ${plural(ads, { one: "# launched ad", other: "# launched ads" })} and the figures of ${plural(stays.broadcasts, { one: "# broadcast", other: "# broadcasts" })}, for admins and viewers.`}</p>
        </div>
      )}
    </QueryView>
  );
}

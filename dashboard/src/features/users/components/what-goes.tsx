import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/ui/query-view";
import { count } from "@/lib/format";
import { deletionOptions } from "../api/get-deletion";

/** What goes with an account, and what stays; read when the dialog opens. */
export function WhatGoes({ id }: { id: number }) {
  const deletion = useQuery(deletionOptions(id));
  return (
    <QueryView query={deletion} what="what would go" rows={2}>
      {({ bots, drafts, ads, goes, stays }) => (
        <div className="flex flex-col gap-2">
          <p>
            Nobody can sign in with it again. Erased: {count(bots)} bots with {count(goes.chats)}{" "}
            chats and {count(goes.messages)} messages, {count(drafts)} ads that were never launched.
            That cannot be undone.
          </p>
          <p>
            Stays: {count(ads)} launched ads and the figures of {count(stays.broadcasts)}{" "}
            broadcasts, for admins and viewers.
          </p>
        </div>
      )}
    </QueryView>
  );
}

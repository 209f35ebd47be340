/** What is wrong, in the title of the tab: seen also while another one is looked at. */
import { plural } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { unlessTold } from "@/api/live";
import { sayTrouble } from "@/components/ui/title";
import { botsOptions } from "@/features/bots/api/list-bots";
import { useMay } from "@/lib/may";

export function useTroubleInTitle(): void {
  const { data } = useInfiniteQuery({
    ...botsOptions({ status: "error" }),
    refetchInterval: () => unlessTold(60_000, 120_000),
    enabled: useMay("bots.read"),
  });
  const bots = data?.pages[0]?.totals.error ?? 0;
  useEffect(() => {
    sayTrouble(bots ? plural(bots, { one: "# bot in error", other: "# bots in error" }) : "");
    return () => sayTrouble("");
  }, [bots]);
}

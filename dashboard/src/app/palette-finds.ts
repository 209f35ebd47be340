/** What the palette finds by a part of its name, over the lists of the API. */
import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { rowsOf } from "@/api/pages";
import { choiceOptions } from "@/components/choose/choices";
import { broadcastsOptions } from "@/features/broadcast/api/list-broadcasts";
import { useMay } from "@/lib/may";
import { words } from "@/lib/words";

const MOST = 5;

type Found = { id: number; name: string; note?: string };

const peopleOptions = (q: string) =>
  queryOptions({
    queryKey: ["users", "found", q],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/users", { params: { query: { q, limit: MOST } }, signal })),
    placeholderData: keepPreviousData,
  });

/** A few bots, ads, broadcasts and people whose name holds `q`; nothing where it is empty. */
export function useFinds(q: string) {
  const asked = q !== "";
  const reads = useMay("bots.read") && asked;
  const bots = useQuery({ ...choiceOptions("bots", q), enabled: reads });
  const ads = useQuery({ ...choiceOptions("ads", q), enabled: asked });
  const newest = useInfiniteQuery({ ...broadcastsOptions({}), enabled: asked });
  const people = useQuery({ ...peopleOptions(q), enabled: useMay("accounts.edit") && asked });
  const lists = [bots, ads, newest, people];
  const holds = (text: string | null) => text?.toLocaleLowerCase().includes(q.toLocaleLowerCase());
  return {
    isBusy: lists.some(({ isFetching }) => isFetching),
    bots: asked ? (bots.data ?? []).slice(0, MOST) : [],
    ads: asked ? (ads.data ?? []).slice(0, MOST) : [],
    broadcasts: (asked ? (rowsOf(newest.data) ?? []) : [])
      .filter(({ ad_title, broadcast_id }) => holds(ad_title) || String(broadcast_id) === q)
      .slice(0, MOST),
    people: (asked ? (people.data?.items ?? []) : []).map(
      ({ id, username, role }): Found => ({ id, name: username, note: words(role) }),
    ),
  };
}

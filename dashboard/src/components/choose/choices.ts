/** What can be chosen from in forms: found by a part of the name, over the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { plainText } from "@/lib/format";

export type Choice = { id: number; name: string };
export type Kind = "ads" | "bots" | "running bots";

/** As many as a list shows that somebody types into. */
const MOST = 20;
const LONGEST = 60;

/** Those of a kind whose name holds `q`; the first few where it is empty. */
export const choiceOptions = (kind: Kind, q: string) =>
  queryOptions({
    queryKey: [kind === "ads" ? "ads" : "bots", "choices", kind, q],
    queryFn: ({ signal }) => (kind === "ads" ? ads(q, signal) : bots(q, kind, signal)),
    placeholderData: keepPreviousData,
  });

async function ads(q: string, signal: AbortSignal): Promise<Choice[]> {
  const query = { limit: MOST, q: q || undefined };
  const { items } = await unwrap(api.GET("/api/ads/list", { params: { query }, signal }));
  return items.map(nameAd);
}

async function bots(q: string, kind: Kind, signal: AbortSignal): Promise<Choice[]> {
  const status = kind === "running bots" ? ("running" as const) : undefined;
  const query = { limit: MOST, q: q || undefined, status, sort: "name" } as const;
  const { items } = await unwrap(api.GET("/api/bots", { params: { query }, signal }));
  return items.map(({ id, bot_name }) => ({ id, name: bot_name }));
}

/** One ad's name, also of an old one. */
export const adNameOptions = (id: number) =>
  queryOptions({
    queryKey: ["ads", "name", id],
    queryFn: async ({ signal }) => {
      const params = { path: { ad_id: id } };
      return nameAd(await unwrap(api.GET("/api/ads/{ad_id}", { params, signal }))).name;
    },
  });

function nameAd({ id, title, content }: { id: number; title: string | null; content: string }) {
  return { id, name: title ?? plainText(content).slice(0, LONGEST) };
}

/**
 * Short names for the answers and bodies of the generated schema, taken from its paths, so that a
 * schema's own name may change without touching the dashboard.
 */
import type { paths } from "./schema";

type Verb = "get" | "post" | "put" | "patch";
type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Good<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 | 202 ? Json<Responses[Status]> : never;
}[keyof Responses];

export type Answer<
  Path extends keyof paths,
  Method extends Verb = "get",
> = paths[Path][Method] extends { responses: infer Responses } ? Good<Responses> : never;

export type Body<
  Path extends keyof paths,
  Method extends Verb = "post",
> = paths[Path][Method] extends { requestBody?: infer Sent } ? Json<NonNullable<Sent>> : never;

type Item<Path extends keyof paths> = Answer<Path> extends { items: (infer One)[] } ? One : never;

export type User = Answer<"/api/auth/me">;
export type Role = User["role"];
export type Bot = Answer<"/api/bots/{bot_id}">;
export type BotCommand = Item<"/api/bots/{bot_id}/commands">;
export type LogLine = Item<"/api/bots/{bot_id}/logs">;
export type Chat = Item<"/api/bots/{bot_id}/chats">;
export type Ad = Answer<"/api/ads/{ad_id}">;
export type AdRow = Item<"/api/ads/list">;
export type WaitingAd = Item<"/api/ads/reviews">;
export type ReviewStep = Item<"/api/ads/{ad_id}/reviews">;
export type AdBody = Body<"/api/ads/create">;
export type Button = NonNullable<Ad["buttons"]>[number][number];
export type Statistics = Answer<"/api/ads/{ad_id}/statistics">;
export type SystemStatus = Answer<"/api/system/status">;

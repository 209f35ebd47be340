import { useQuery } from "@tanstack/react-query";
import type { Bot } from "@/api/types";
import { allBotsOptions } from "@/features/bots/api/all-bots";
import { useMay } from "@/lib/may";

/** The bots to choose from; none for a role that may not see bots. */
export function useBots(): Bot[] {
  const readable = useMay("bots.read");
  return useQuery({ ...allBotsOptions, enabled: readable }).data ?? [];
}

/** A bot's name by its id, or its number where it is gone or not to be seen. */
export function useBotName(): (id: number) => string {
  const names = new Map(useBots().map((bot) => [bot.id, bot.bot_name]));
  return (id) => names.get(id) ?? `Bot ${id}`;
}

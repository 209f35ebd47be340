import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { allBotsOptions } from "@/features/bots/api/all-bots";
import { useMay } from "@/lib/may";

/** A bot's name by its id, or its number where it is gone or not to be seen. */
export function useBotName(): (id: number) => string {
  const readable = useMay("bots.read");
  const { data } = useQuery({ ...allBotsOptions, enabled: readable });
  const names = new Map(data?.map((bot) => [bot.id, bot.bot_name]));
  return (id) => names.get(id) ?? t`Bot ${id}`;
}

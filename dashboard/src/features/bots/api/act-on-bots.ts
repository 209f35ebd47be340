import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { asProblem, type Problem } from "@/api/problem";
import type { Bot } from "@/api/types";
import { botOptions } from "./get-bot";
import { refreshBotLists } from "./refresh";
import type { RunStep } from "./run-bot";
import type { BotPatch } from "./update-bot";

/** What is done to each of several bots: a step, or the welcome of another bot. */
export type Act = RunStep | { welcomeOf: number };

type Refused = { bot: Bot; problem: Problem };

/** Acts on bots one after the other, and tells those that were refused, and why. */
export function useActOnBots() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ bots, act }: { bots: readonly Bot[]; act: Act }) => {
      const one = typeof act === "string" ? runner(act) : await welcomer(act.welcomeOf);
      const refused: Refused[] = [];
      for (const bot of bots) {
        try {
          await one(bot);
        } catch (error) {
          refused.push({ bot, problem: asProblem(error) });
        }
      }
      return refused;
    },
    onSettled: () =>
      Promise.all([
        refreshBotLists(client),
        client.invalidateQueries({ queryKey: botOptions(0).queryKey.slice(0, -1) }),
      ]),
  });
}

function runner(step: RunStep) {
  return ({ id }: Bot) =>
    unwrap(api.POST(`/api/bots/{bot_id}/${step}`, { params: { path: { bot_id: id } } }));
}

async function welcomer(source: number) {
  const of = { params: { path: { bot_id: source } } };
  const { welcome } = await unwrap(api.GET("/api/bots/{bot_id}", of));
  return ({ id }: Bot) =>
    unwrap(
      api.PATCH("/api/bots/{bot_id}", {
        params: { path: { bot_id: id } },
        body: { welcome: welcome as BotPatch["welcome"] },
      }),
    );
}

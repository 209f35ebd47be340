import { useInfiniteQuery } from "@tanstack/react-query";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import { botsOptions } from "@/features/bots/api/list-bots";
import { AddBotDialog } from "@/features/bots/components/add-bot-dialog";
import { BotTable } from "@/features/bots/components/bot-table";
import { May } from "@/lib/may";

export function BotsPage() {
  const bots = useInfiniteQuery(botsOptions);
  const add = (
    <May to="bots.edit">
      <AddBotDialog />
    </May>
  );
  return (
    <Page title="Bots" actions={add}>
      <Card flush>
        <QueryView query={bots} what="bots">
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.items);
            if (rows.length > 0) return <BotTable bots={rows} />;
            return (
              <Empty title="No bots yet">
                Make a bot with @BotFather in Telegram, and add it here by its token.
              </Empty>
            );
          }}
        </QueryView>
        <LoadMore query={bots} />
      </Card>
    </Page>
  );
}

import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Bot } from "@/api/types";
import { StateBadge } from "@/components/ui/badge";
import { Page } from "@/components/ui/page";
import { QueryView } from "@/components/ui/query-view";
import { tabClass, tabsClass } from "@/components/ui/tabs";
import { BotAnalytics } from "@/features/analytics/components/bot-analytics";
import { botOptions } from "@/features/bots/api/get-bot";
import { BotChats } from "@/features/bots/components/bot-chats";
import { BotCommands } from "@/features/bots/components/bot-commands";
import { BotLogs } from "@/features/bots/components/bot-logs";
import { BotMessages } from "@/features/bots/components/bot-messages";
import { BotOverview } from "@/features/bots/components/bot-overview";
import { BotProblem } from "@/features/bots/components/bot-problem";
import { BotSettings } from "@/features/bots/components/bot-settings";
import { RunButtons } from "@/features/bots/components/run-buttons";
import { Welcome } from "@/features/bots/components/welcome";
import { useMay } from "@/lib/may";
import { words } from "@/lib/words";
import { BOT_TABS, type BotTab } from "../search";

const route = getRouteApi("/app/bots/$botId");

export function BotPage() {
  const { botId } = route.useParams();
  const bot = useQuery(botOptions(Number(botId)));
  if (!bot.data)
    return (
      <Page title={t`Bot`}>
        <QueryView query={bot} what={t`bot`} rows={8}>
          {() => null}
        </QueryView>
      </Page>
    );
  return (
    <Page
      title={bot.data.bot_name}
      note={
        <span className="flex items-center gap-2">
          <StateBadge state={bot.data.status} />@{bot.data.username}
        </span>
      }
      actions={<RunButtons bot={bot.data} />}
    >
      <QueryView query={bot} what={t`bot`}>
        {(data) => <BotProblem bot={data} />}
      </QueryView>
      <Tabs />
      <Tab bot={bot.data} />
    </Page>
  );
}

function Tabs() {
  const { botId } = route.useParams();
  const writable = useMay("bots.edit");
  return (
    <nav aria-label={t`Bot`} className={tabsClass}>
      {BOT_TABS.filter((tab) => writable || tab !== "settings").map((tab) => (
        <Link
          key={tab}
          to="/bots/$botId"
          params={{ botId }}
          search={{ tab: tab === "overview" ? undefined : tab }}
          activeOptions={{ explicitUndefined: true }}
          className={tabClass}
        >
          {words(tab)}
        </Link>
      ))}
    </nav>
  );
}

function Tab({ bot }: { bot: Bot }) {
  const { tab = "overview", span = "1h", days = "30", ...filter } = route.useSearch();
  const { status, level, q, direction, chat_id } = filter;
  const navigate = route.useNavigate();
  const set = (change: object) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const search = (change: { q?: string }) =>
    set("q" in change ? { ...change, q: change.q || undefined } : change);
  const tabs: Record<BotTab, () => React.ReactNode> = {
    overview: () => (
      <BotOverview bot={bot} span={span} onSpan={(chosen) => set({ span: chosen })} />
    ),
    analytics: () => (
      <BotAnalytics botId={bot.id} days={days} onDays={(chosen) => set({ days: chosen })} />
    ),
    subscribers: () => <BotChats botId={bot.id} filter={{ status, q }} onFilter={search} />,
    messages: () => <BotMessages botId={bot.id} filter={{ direction, chat_id }} onFilter={set} />,
    answers: () => (
      <>
        <Welcome bot={bot} />
        <BotCommands botId={bot.id} />
      </>
    ),
    logs: () => <BotLogs botId={bot.id} filter={{ level, q }} onFilter={search} />,
    settings: () => (
      <BotSettings bot={bot} onDeleted={() => void navigate({ to: "/bots", replace: true })} />
    ),
  };
  return tabs[tab]();
}

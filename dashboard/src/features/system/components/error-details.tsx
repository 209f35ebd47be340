import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronLeft, EyeOff, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { BotLink, linkClass } from "@/components/links";
import { ContextFields } from "@/components/logs/context-fields";
import { SparkBars } from "@/components/spark-bars";
import { StateBadge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { say, sayProblem } from "@/components/ui/toast";
import { ago, count, toTheSecond, when } from "@/lib/format";
import { May } from "@/lib/may";
import { rangeAround } from "@/lib/range";
import { words } from "@/lib/words";
import { type ErrorGroup, type ErrorState, errorOptions, useChangeError } from "../api/errors";
import { readKind } from "../error-kind";
import { stateOf } from "./error-list";

type Props = { id: number; botName: (id: number) => string };

/** One kind of error: how often and since when, one of the last, and what to think of it. */
export function ErrorDetails({ id, botName }: Props) {
  const error = useQuery(errorOptions(id));
  return (
    <>
      <Link
        from="/system"
        to="/system"
        search={(old) => ({ ...old, error: undefined })}
        className={buttonClass("quiet", "-mb-2 -ml-3 self-start")}
      >
        <ChevronLeft aria-hidden />
        {t`All errors`}
      </Link>
      <QueryView query={error} what={t`error`} rows={8}>
        {(group) => (
          <>
            <About group={group} />
            <LastOne group={group} botName={botName} />
          </>
        )}
      </QueryView>
    </>
  );
}

function About({ group }: { group: ErrorGroup }) {
  const { name, place } = readKind(group.kind);
  return (
    <Card
      title={<span className="break-words">{name}</span>}
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <StateBadge state={stateOf(group)} />
          <May to="platform.run">
            <Actions group={group} />
          </May>
        </div>
      }
    >
      <p className="break-words">{group.message}</p>
      {place && <p className="mt-1 text-sm break-words text-muted">{place}</p>}
      <div className="mt-4">
        <SparkBars values={group.hours} label={t`By hour, in the last 7 days`} />
        <p className="mb-4 flex justify-between text-xs text-muted">
          <span>{t`7 days ago`}</span>
          <span>{t`now`}</span>
        </p>
      </div>
      <Facts
        items={[
          [t`Program`, words(group.program)],
          [t`Count`, count(group.count)],
          [t`First seen`, toTheSecond(group.first_seen)],
          [t`Last seen`, `${toTheSecond(group.last_seen)}, ${ago(group.last_seen)}`],
          ...stateFact(group),
        ]}
      />
    </Card>
  );
}

function stateFact({
  state,
  changed_at,
  changed_by,
  came_again,
}: ErrorGroup): [string, ReactNode][] {
  if (!changed_at) return [];
  if (came_again) return [[t`Came again after it was resolved`, when(changed_at)]];
  const name = { open: t`Opened again`, known: t`Marked as known`, resolved: t`Resolved` }[state];
  const at = when(changed_at);
  return [[name, changed_by ? t`${at} by ${changed_by}` : at]];
}

const DONE: Record<ErrorState, string> = {
  open: t`The error is open again`,
  known: t`The error is marked as known`,
  resolved: t`The error is resolved until it comes again`,
};

function Actions({ group }: { group: ErrorGroup }) {
  const change = useChangeError(group.id);
  const to = (state: ErrorState) =>
    change.mutate(state, { onSuccess: () => say(DONE[state]), onError: sayProblem });
  return (
    <>
      {group.state === "open" && (
        <Button icon={<EyeOff />} busy={change.isPending} onClick={() => to("known")}>
          {t`Mark as known`}
        </Button>
      )}
      {group.state !== "resolved" && (
        <Button icon={<Check />} busy={change.isPending} onClick={() => to("resolved")}>
          {t`Resolve`}
        </Button>
      )}
      {group.state !== "open" && (
        <Button icon={<RotateCcw />} busy={change.isPending} onClick={() => to("open")}>
          {t`Reopen`}
        </Button>
      )}
    </>
  );
}

function LastOne({ group, botName }: { group: ErrorGroup; botName: Props["botName"] }) {
  const { sample } = group;
  const context = Object.entries(sample.context);
  return (
    <Card
      title={t`One of the last`}
      aside={
        <Link
          to="/system"
          search={{ tab: "logs", ...rangeAround(sample.at) }}
          className={buttonClass()}
        >
          {t`Log lines of that minute`}
        </Link>
      }
    >
      <Facts
        items={[
          [t`When`, toTheSecond(sample.at)],
          [t`Event`, sample.event],
          ...ids(group, botName),
        ]}
      />
      {context.length > 0 && (
        <Fold title={t`Fields`}>
          <ContextFields fields={context} />
        </Fold>
      )}
      {sample.trace && (
        <Fold title={t`Where in the program`}>
          <pre className="text-xs break-words whitespace-pre-wrap">{sample.trace}</pre>
        </Fold>
      )}
    </Card>
  );
}

function ids({ sample }: ErrorGroup, botName: Props["botName"]): [string, ReactNode][] {
  const { bot_id, ad_id, broadcast_id } = sample;
  const items: [string, ReactNode][] = [];
  if (bot_id) {
    const link = (
      <BotLink key="bot" id={bot_id}>
        {botName(bot_id)}
      </BotLink>
    );
    items.push([t`Bot`, link]);
  }
  if (broadcast_id)
    items.push([
      t`Broadcast`,
      ad_id ? (
        <Link
          key="broadcast"
          to="/ads/$adId/broadcast"
          params={{ adId: String(ad_id) }}
          search={{ broadcast_id }}
          className={linkClass}
        >
          {broadcast_id}
        </Link>
      ) : (
        broadcast_id
      ),
    ]);
  for (const [name, value] of [
    [t`Request`, sample.request_id],
    [t`Job`, sample.job_id],
    [t`Account`, sample.user_id],
    [t`Trace`, sample.trace_id],
  ] as const)
    if (value)
      items.push([
        name,
        <span key={name} className="break-all">
          {value}
        </span>,
      ]);
  return items;
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="mt-4">
      <summary className="cursor-pointer text-sm font-medium">{title}</summary>
      <div className="mt-2 overflow-x-auto rounded-lg bg-raised p-3">{children}</div>
    </details>
  );
}

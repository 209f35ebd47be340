import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer } from "@/api/types";
import { FilterSelect } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { TableCard } from "@/components/ui/table-card";
import { bytes, count, decimal, duration, percent } from "@/lib/format";
import type { Range } from "@/lib/range";
import { BREAKDOWNS, type By, breakdownOptions } from "../api/get-breakdown";

type Item = Answer<"/api/system/performance/breakdown">["items"][number];
type Props = { range: Range; botName: (id: number) => string };

const NAMES: Record<By, string> = { route: t`route`, bot: t`bot`, process: t`process` };

const ROUTE: Column<Item>[] = [
  { head: t`Requests`, cell: ({ api }) => count(api?.count), number: true },
  {
    head: t({ message: "Failed", context: "requests" }),
    cell: ({ api }) => count(api?.errors),
    number: true,
    wide: true,
  },
  {
    head: t`Half within, ms`,
    cell: ({ api }) => decimal(api?.latency_p50_ms),
    number: true,
    wide: true,
  },
  { head: t`95% within, ms`, cell: ({ api }) => decimal(api?.latency_p95_ms), number: true },
  {
    head: t`99% within, ms`,
    cell: ({ api }) => decimal(api?.latency_p99_ms),
    number: true,
    wide: true,
  },
];

const BOT: Column<Item>[] = [
  { head: t`Sends`, cell: ({ sends }) => count(sends?.count), number: true },
  {
    head: t`Told to wait (429)`,
    cell: ({ sends }) =>
      sends?.throttled ? `${count(sends.throttled)} (${percent(sends.share_429)})` : count(0),
    number: true,
  },
  {
    head: t`Waited`,
    cell: ({ sends }) => duration(sends?.waited_seconds),
    number: true,
    wide: true,
  },
  {
    head: t`95% of sends within, ms`,
    cell: ({ sends }) => decimal(sends?.latency_p95_ms),
    number: true,
  },
  { head: t`Updates`, cell: ({ updates }) => count(updates?.count), number: true, wide: true },
];

const PROCESS: Column<Item>[] = [
  { head: t`Most memory`, cell: ({ memory_bytes }) => bytes(memory_bytes), number: true },
  { head: t`CPU, of one core`, cell: ({ cpu_share }) => percent(cpu_share), number: true },
  {
    head: t`Database, 95% within, ms`,
    cell: ({ database }) => decimal(database?.latency_p95_ms),
    number: true,
    wide: true,
  },
];

const COLUMNS: Record<By, Column<Item>[]> = { route: ROUTE, bot: BOT, process: PROCESS };

/** What is slow, and who it is: the slowest first. */
export function Breakdown({ range, botName }: Props) {
  const [by, setBy] = useState<By>("route");
  const breakdown = useQuery(breakdownOptions(by, range));
  const name = (item: Item) => (by === "bot" ? botName(Number(item.name)) : item.name);
  return (
    <QueryView query={breakdown} what={t`breakdown`}>
      {({ items }) => (
        <TableCard
          title={t`Slowest first`}
          aside={
            <FilterSelect
              label={t`By`}
              value={by}
              options={BREAKDOWNS}
              name={(option) => NAMES[option]}
              onChange={(choice) => choice && setBy(choice)}
            />
          }
          caption={t`Slowest first, by ${NAMES[by]}`}
          columns={[
            { head: t`Name`, cell: (item) => <span className="break-all">{name(item)}</span> },
            ...COLUMNS[by],
          ]}
          rows={items.toSorted((one, other) => weight(by, other) - weight(by, one))}
          rowKey={(item) => item.name}
          empty={<Empty title={t`Nothing was measured in this time`} />}
        />
      )}
    </QueryView>
  );
}

function weight(by: By, { api, sends, memory_bytes }: Item): number {
  if (by === "process") return memory_bytes ?? 0;
  return (by === "route" ? api : sends)?.latency_p95_ms ?? 0;
}

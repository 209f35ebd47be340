import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Answer } from "@/api/types";
import { LazyChart } from "@/components/lazy-chart";
import { Card } from "@/components/ui/card";
import { QueryView } from "@/components/ui/query-view";
import { Empty } from "@/components/ui/states";
import type { Range } from "@/lib/range";
import { performanceOptions } from "../api/get-performance";
import { AXIS, LENGTHS_MS, logsOf, Peak } from "./peak";

type Measured = Answer<"/api/system/performance">;
type Answered = Measured["series"][number];
type Rate = "send_rate" | "rate_429" | "request_rate" | "error_rate";
type Point = Omit<Answered, Rate> & Record<Rate, number | null>;
type Lines = Parameters<typeof LazyChart<Point>>[0]["lines"];

const UNKNOWN = { send_rate: null, rate_429: null, request_rate: null, error_rate: null };

const CHARTS: { title: string; lines: Lines }[] = [
  {
    title: t`Messages a second`,
    lines: [
      { key: "send_rate", name: t`Sent`, color: "var(--sent)" },
      { key: "rate_429", name: t`Told to wait (429)`, color: "var(--blocked)" },
    ],
  },
  {
    title: t`API latency, milliseconds`,
    lines: [
      { key: "latency_p50_ms", name: "p50", color: "var(--accent)" },
      { key: "latency_p95_ms", name: "p95", color: "var(--blocked)" },
      { key: "latency_p99_ms", name: "p99", color: "var(--failed)" },
    ],
  },
  {
    title: t`API requests a second`,
    lines: [{ key: "request_rate", name: t`Requests`, color: "var(--accent)" }],
  },
  {
    title: t`Share of requests that failed`,
    lines: [
      {
        key: "error_rate",
        name: t({ message: "Failed", context: "requests" }),
        color: "var(--failed)",
      },
    ],
  },
  {
    title: t`Telegram's answers to sends, milliseconds`,
    lines: [
      { key: "send_latency_p50_ms", name: "p50", color: "var(--accent)" },
      { key: "send_latency_p95_ms", name: "p95", color: "var(--blocked)" },
      { key: "send_latency_p99_ms", name: "p99", color: "var(--failed)" },
    ],
  },
  {
    title: t`Database and cache, 95 % within milliseconds`,
    lines: [
      { key: "database_latency_p95_ms", name: t`Database`, color: "var(--accent)" },
      { key: "cache_latency_p95_ms", name: t`Cache`, color: "var(--sent)" },
    ],
  },
  {
    title: t`Queue lag, seconds`,
    lines: [{ key: "queue_lag_seconds", name: t`Oldest due job`, color: "var(--unknown)" }],
  },
];

/** Where no process wrote anything, zeros are no measurements: a gap is drawn. */
function withGaps(point: Answered): Point {
  return point.measured ? point : { ...point, ...UNKNOWN };
}

type Props = { range: Range };

export function Performance({ range }: Props) {
  const performance = useQuery(performanceOptions(range));
  const navigate = useNavigate();
  return (
    <QueryView query={performance} what={t`performance`} rows={8}>
      {({ bucket, series, tz }) =>
        series.length === 0 ? (
          <Empty
            title={t`Nothing was measured yet`}
          >{t`The first figures come within a minute.`}</Empty>
        ) : (
          <div className="grid gap-5 lg:grid-cols-2">
            {CHARTS.map(({ title, lines }) => (
              <Card
                key={title}
                title={title}
                aside={<Peak series={series} line={lines.at(-1)} lengthMs={LENGTHS_MS[bucket]} />}
              >
                <LazyChart
                  caption={title}
                  points={series.map(withGaps)}
                  lines={lines}
                  bucket={AXIS[bucket]}
                  inUtc={tz === "UTC"}
                  onPoint={(at) => void navigate(logsOf(at, LENGTHS_MS[bucket]))}
                />
              </Card>
            ))}
          </div>
        )
      }
    </QueryView>
  );
}

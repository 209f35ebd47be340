/** Steps over time; the same numbers as a table for screen readers. */
import { t } from "@lingui/core/macro";
import {
  Area,
  AreaChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { clock, day, figure, when } from "@/lib/format";
import { zoneName } from "@/lib/zone";

type Line<Point> = { key: keyof Point & string; name: string; color: string };

type Bucket = "minute" | "hour" | "day";

type Props<Point> = {
  caption: string;
  points: readonly Point[];
  lines: Line<Point>[];
  /** Step between two points, which decides how a time is written below the chart. */
  bucket?: Bucket;
  /** Days are those of UTC, not of the viewer's zone. */
  inUtc?: boolean | undefined;
  /** Where a click on a point leads; the same must be reachable by keyboard beside the chart. */
  onPoint?: (at: string) => void;
};

export default function Chart<Point extends { at: string }>(props: Props<Point>) {
  const { caption, points, lines, bucket = "minute", inUtc, onPoint } = props;
  return (
    <figure>
      <figcaption className="sr-only">{caption}</figcaption>
      <Legend lines={lines} note={inUtc && bucket === "day" ? t`Days of UTC` : zoneName()} />
      <div aria-hidden className={`h-56 ${onPoint ? "[&_svg]:cursor-pointer" : ""}`}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart
            accessibilityLayer={false}
            data={points as Point[]}
            margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
            onClick={({ activeLabel }) => activeLabel != null && onPoint?.(String(activeLabel))}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="at"
              tickFormatter={(at: string) => tick(at, bucket, inUtc)}
              tick={TICK}
              tickLine={false}
              axisLine={{ stroke: "var(--line)" }}
              minTickGap={40}
            />
            <YAxis
              width={44}
              allowDecimals={points.some((point) =>
                lines.some(({ key }) => isFraction(point[key])),
              )}
              tick={TICK}
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              labelFormatter={(at) =>
                bucket === "day" ? day(String(at), inUtc) : when(String(at))
              }
              formatter={(value) => figure(Number(value))}
              contentStyle={TOOLTIP}
              isAnimationActive={false}
            />
            {lines.map((line) => (
              <Area
                key={line.key}
                dataKey={(point: Point) => point[line.key] as number | null}
                name={line.name}
                // Steps: nothing was measured between two points.
                type="step"
                stroke={line.color}
                fill={line.color}
                fillOpacity={0.12}
                strokeWidth={2}
                isAnimationActive={false}
                dot={false}
              />
            ))}
          </AreaChart>
        </ResponsiveContainer>
      </div>
      {/* A table itself would not shrink to the one pixel that sr-only gives it. */}
      <div className="sr-only">
        <DataTable caption={caption} points={points} lines={lines} bucket={bucket} inUtc={inUtc} />
      </div>
    </figure>
  );
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && !Number.isInteger(value);
}

const TICK = { fill: "var(--muted)", fontSize: 12 };
const TOOLTIP = {
  background: "var(--surface)",
  border: "1px solid var(--line)",
  borderRadius: 8,
  fontSize: 13,
};

function tick(at: string, bucket: Bucket, inUtc?: boolean): string {
  return bucket === "day" ? day(at, inUtc) : clock(at);
}

function Legend<Point>({ lines, note }: { lines: Line<Point>[]; note: string }) {
  return (
    <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
      {lines.map((line) => (
        <li key={line.key} className="flex items-center gap-1.5">
          <span aria-hidden className="h-0.5 w-4 rounded" style={{ background: line.color }} />
          {line.name}
        </li>
      ))}
      <li className="ml-auto">{note}</li>
    </ul>
  );
}

/** More rows than this nobody listens to: a long series is told by every n-th point. */
const MOST_ROWS = 60;

function DataTable<Point extends { at: string }>(props: Props<Point>) {
  const inDays = props.bucket === "day";
  const step = Math.ceil(props.points.length / MOST_ROWS);
  return (
    <table>
      <caption>{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{inDays ? t`Day` : t`Time`}</th>
          {props.lines.map((line) => (
            <th key={line.key} scope="col">
              {line.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.points
          .filter((_, index) => index % step === 0)
          .map((point) => (
            <tr key={point.at}>
              <th scope="row">{inDays ? day(point.at, props.inUtc) : when(point.at)}</th>
              {props.lines.map((line) => (
                <td key={line.key}>{figure(point[line.key] as number | null)}</td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

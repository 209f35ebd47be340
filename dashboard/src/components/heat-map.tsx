import { t } from "@lingui/core/macro";
import { useState } from "react";
import { count } from "@/lib/format";
import { Card } from "./ui/card";
import { FilterSelect } from "./ui/field";

type Hour<Kind extends string> = { weekday: number; hour: number } & Record<Kind, number>;

type Props<Kind extends string> = {
  title: string;
  /** The 168 hours of a week, Monday's first, in the viewer's zone. */
  hours: NoInfer<Hour<Kind>>[];
  /** What can be shown, and its name; the first is shown until another is chosen. */
  kinds: Record<Kind, string>;
};

const DAYS = [t`Mon`, t`Tue`, t`Wed`, t`Thu`, t`Fri`, t`Sat`, t`Sun`] as const;
const FULL_DAYS = [
  t`Monday`,
  t`Tuesday`,
  t`Wednesday`,
  t`Thursday`,
  t`Friday`,
  t`Saturday`,
  t`Sunday`,
] as const;
const EACH_HOUR = Array.from({ length: 24 }, (_, hour) => hour);
/** Hours that are named above the columns. */
const NAMED_EVERY = 6;

/** Sums by hour of the week: the more there was in an hour, the stronger its colour. */
export function HeatMap<Kind extends string>({ title, hours, kinds }: Props<Kind>) {
  const names = Object.keys(kinds) as Kind[];
  const [kind, setKind] = useState(names[0] as Kind);
  const most = hours.reduce<Hour<Kind> | undefined>(
    (best, hour) => (hour[kind] > (best?.[kind] ?? 0) ? hour : best),
    undefined,
  );
  return (
    <Card
      title={title}
      aside={
        <FilterSelect
          label={t`Show`}
          value={kind}
          options={names}
          name={(name) => kinds[name]}
          onChange={(choice) => choice && setKind(choice)}
        />
      }
    >
      {most ? (
        <>
          <Grid caption={`${title}: ${kinds[kind]}`} hours={hours} kind={kind} top={most[kind]} />
          <p className="mt-3 text-sm text-muted">
            {t`Most on ${FULL_DAYS[most.weekday - 1] ?? ""}, ${clockHour(most.hour)} to ${clockHour(most.hour + 1)}: ${count(most[kind])}`}
          </p>
        </>
      ) : (
        <p className="text-sm text-muted">{t`None in this time.`}</p>
      )}
    </Card>
  );
}

function clockHour(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

type GridProps<Kind extends string> = {
  caption: string;
  hours: Hour<Kind>[];
  kind: Kind;
  top: number;
};

function Grid<Kind extends string>({ caption, hours, kind, top }: GridProps<Kind>) {
  const at = new Map(hours.map((hour) => [hour.weekday * 24 + hour.hour, hour[kind]]));
  return (
    <table className="w-full table-fixed border-separate border-spacing-px text-xs text-muted">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          <td className="w-8" />
          {EACH_HOUR.map((hour) => (
            <th key={hour} scope="col" className="relative h-5 font-normal">
              <span className={hour % NAMED_EVERY ? "sr-only" : "absolute bottom-0 left-0"}>
                {clockHour(hour)}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {DAYS.map((day, index) => (
          <tr key={day}>
            <th scope="row" className="text-left font-normal">
              {day}
            </th>
            {EACH_HOUR.map((hour) => {
              const value = at.get((index + 1) * 24 + hour) ?? 0;
              return (
                <td
                  key={hour}
                  title={`${FULL_DAYS[index]} ${clockHour(hour)}: ${count(value)}`}
                  className="h-6 rounded-sm bg-raised p-0"
                  style={{ backgroundColor: value ? tint(value / top) : undefined }}
                >
                  <span className="sr-only">{count(value)}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Something is seen to be something: the weakest colour is well above none. */
function tint(share: number): string {
  return `color-mix(in srgb, var(--accent) ${Math.round(18 + 82 * share)}%, var(--raised))`;
}

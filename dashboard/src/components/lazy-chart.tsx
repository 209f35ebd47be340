/** The chart library is half of the program's size: it comes when the first chart is shown. */
import { t } from "@lingui/core/macro";
import { type ComponentProps, lazy, Suspense } from "react";
import type ChartModule from "./chart";
import { Loading } from "./ui/states";

const Chart = lazy(() => import("./chart")) as unknown as typeof ChartModule;

export function LazyChart<Point extends { at: string }>(
  props: ComponentProps<typeof ChartModule<Point>>,
) {
  return (
    <Suspense fallback={<Loading what={t`chart`} rows={6} />}>
      <Chart {...props} />
    </Suspense>
  );
}

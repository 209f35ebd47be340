import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { isOpen, type Range, spanOf } from "@/lib/range";
import { zoneName } from "@/lib/zone";

const EVERY_MS = 30_000;

export const performanceOptions = (range: Range) =>
  queryOptions({
    queryKey: ["system", "performance", range],
    queryFn: ({ signal }) => {
      const query = { ...spanOf(range), tz: zoneName() };
      return unwrap(api.GET("/api/system/performance", { params: { query }, signal }));
    },
    refetchInterval: isOpen(range) && EVERY_MS,
    placeholderData: keepPreviousData,
  });

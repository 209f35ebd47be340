import { t } from "@lingui/core/macro";
import { Download } from "lucide-react";
import type { MouseEvent } from "react";
import { at } from "@/api/below";
import { api, unwrap } from "@/api/client";
import { sayProblem } from "@/components/ui/toast";
import { words } from "@/lib/words";

const FORMATS = ["csv", "xlsx"] as const;

type Props = {
  dataset: "ads" | "recipients";
  adId?: number;
  broadcastId?: number;
};

/**
 * Plain links: the browser saves the stream to disk while it arrives, whatever its size. A download
 * is no request that could ask, so what names people asks before it.
 */
export function ExportLinks({ dataset, adId, broadcastId }: Props) {
  return (
    <span className="flex items-center gap-2 text-sm text-muted">
      <Download aria-hidden className="size-4" />
      {FORMATS.map((format) => (
        <a
          key={format}
          download
          href={address({ dataset, format, ad_id: adId, broadcast_id: broadcastId })}
          onClick={dataset === "recipients" ? proveFirst : undefined}
          aria-label={t`Export ${words(dataset)} as ${format.toUpperCase()}`}
          className="rounded underline-offset-2 hover:text-ink hover:underline"
        >
          {format.toUpperCase()}
        </a>
      ))}
    </span>
  );
}

function proveFirst(event: MouseEvent<HTMLAnchorElement>): void {
  event.preventDefault();
  const { href } = event.currentTarget;
  unwrap(api.GET("/api/auth/fresh")).then(() => location.assign(href), sayProblem);
}

function address(query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return at(
    `/api/analytics/export?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`,
  );
}

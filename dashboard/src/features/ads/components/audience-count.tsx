import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { AdBody } from "@/api/types";
import { worded } from "@/api/worded";
import { ErrorNote } from "@/components/ui/states";
import { count, duration } from "@/lib/format";
import { audienceOptions } from "../api/preview-audience";

const PAUSE_MS = 500;
type Targeting = NonNullable<AdBody["targeting"]>;

/** Whom the ad would reach, counted whenever somebody pauses while choosing. */
export function AudienceCount({ targeting }: { targeting: Targeting }) {
  const { data, error, isPlaceholderData } = useQuery(audienceOptions(useSettled(targeting)));
  if (error) return <ErrorNote error={error} />;
  if (!data) return <p className="text-sm text-muted">{t`Counting…`}</p>;
  return (
    <div
      role="status"
      className={`rounded-lg bg-raised p-3 text-sm ${isPlaceholderData ? "opacity-60" : ""}`}
    >
      <p>
        <Trans>
          <strong className="text-lg tabular-nums">{count(data.audience)}</strong> recipients, about{" "}
          <strong>{duration(data.estimated_seconds)}</strong>
        </Trans>
      </p>
      {data.excluded.map((part) => (
        <p key={part.bot_id} className="text-muted">{t`Not used: ${worded(part.reason)}`}</p>
      ))}
    </div>
  );
}

/** The value once it has not changed for a moment. */
function useSettled(value: Targeting): Targeting {
  const [settled, setSettled] = useState(value);
  const name = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(name)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [name]);
  return settled;
}

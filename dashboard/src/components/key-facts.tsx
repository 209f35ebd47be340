import { t } from "@lingui/core/macro";
import type { Answer } from "@/api/types";
import { ago, when } from "@/lib/format";
import { words } from "@/lib/words";

type Key = Answer<"/api/auth/keys">["items"][number];

/** Whether a key is still good; one that was rotated is, until its end. */
export function isGood(key: Key): boolean {
  return !key.revoked_at && (!key.expires_at || key.expires_at > new Date().toISOString());
}

/** What is known of an API key: what it may do, until when, and its last use. */
export function KeyFacts({ apiKey: key }: { apiKey: Key }) {
  const used = key.last_used_at
    ? t`used ${ago(key.last_used_at)} from ${key.last_used_ip ?? t`an unknown address`}`
    : t`never used`;
  const end = key.expires_at ? t`ends ${when(key.expires_at)}` : t`never ends`;
  return (
    <div className="min-w-0">
      <p className="truncate font-medium">
        {key.name} <span className="font-mono text-xs text-muted">{t`crier_${key.prefix}…`}</span>
      </p>
      <p className="text-muted">
        {words(key.role)}: {key.scopes.join(", ")}
      </p>
      <p className="text-muted">
        {used} · {end}
        {key.replaced_by && ` · ${t`rotated`}`}
      </p>
    </div>
  );
}

import { t } from "@lingui/core/macro";
import type { Ad } from "@/api/types";
import { worded } from "@/api/worded";
import { Card } from "@/components/ui/card";

/** Where the links of an ad lead, for whoever reviews it. Nothing here can be followed. */
export function AdLinks({ links }: { links: Ad["links"] }) {
  if (links.length === 0) return null;
  return (
    <Card title={t`Links`}>
      <ul className="flex flex-col gap-3 text-sm">
        {links.map((link, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two links may be the same
          <li key={index} className="min-w-0 break-words">
            <p>
              <span className="text-muted">{link.text || t`no words`}</span> →{" "}
              <strong>{host(link)}</strong>
            </p>
            <p className="break-all text-muted">{link.url}</p>
            {link.warning && <p className="text-blocked">{t`Careful: ${worded(link.warning)}.`}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function host({ host, host_unicode }: Ad["links"][number]): string {
  if (!host) return "Telegram";
  return host_unicode ? `${host_unicode} (${host})` : host;
}

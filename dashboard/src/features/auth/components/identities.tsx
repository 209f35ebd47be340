import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { sayProblem } from "@/components/ui/toast";
import { ago, when } from "@/lib/format";
import { identitiesOptions, useGoToIssuer, useUnlinkIdentity } from "../api/issuer";

type Identity = Answer<"/api/auth/identities">["items"][number];

/** One's identities at issuers of OpenID Connect; nothing where there is none and never was. */
export function Identities() {
  const { data } = useQuery(identitiesOptions);
  const go = useGoToIssuer();
  if (!data || (data.issuers.length === 0 && data.items.length === 0)) return null;
  const next = location.pathname + location.search;
  return (
    <section aria-label={t`Linked identities`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`Linked identities`}</h3>
      <p>{t`Your accounts elsewhere that sign you in here.`}</p>
      {data.items.length > 0 && (
        <ul className="flex flex-col gap-2">
          {data.items.map((identity) => (
            <Row key={identity.id} identity={identity} />
          ))}
        </ul>
      )}
      {data.issuers.map((issuer) => (
        <Button
          key={issuer.id}
          busy={go.isPending || go.isSuccess}
          onClick={() => go.mutate({ issuer, purpose: "link", next }, { onError: sayProblem })}
        >
          {t`Link your identity at ${issuer.name}`}
        </Button>
      ))}
    </section>
  );
}

function Row({ identity }: { identity: Identity }) {
  const unlink = useUnlinkIdentity();
  const { id, name, created_at, last_used_at } = identity;
  return (
    <li className="flex items-center justify-between gap-3 border-b border-line/60 pb-2">
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="text-muted">
          {t`linked ${when(created_at)}`} ·{" "}
          {last_used_at ? t`used ${ago(last_used_at)}` : t`never used`}
        </p>
      </div>
      <Confirm
        title={t`Unlink ${name}?`}
        action={t`Unlink`}
        trigger={
          <Button look="danger" busy={unlink.isPending} aria-label={t`Unlink ${name}`}>
            {t`Unlink`}
          </Button>
        }
        onConfirm={() => unlink.mutate(id, { onError: sayProblem })}
      >
        {t`It signs you in no longer. Your other ways to sign in go on.`}
      </Confirm>
    </li>
  );
}

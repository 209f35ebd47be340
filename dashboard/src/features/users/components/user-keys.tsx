import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { isGood, KeyFacts } from "@/components/key-facts";
import { Button } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { useRevokeUserKey, userKeysOptions } from "../api/user-keys";

/** The API keys of an account that are good, which an admin may revoke; nothing without any. */
export function UserKeys({ id }: { id: number }) {
  const { data } = useQuery(userKeysOptions(id));
  const revoke = useRevokeUserKey(id);
  const good = data?.items.filter(isGood);
  if (!good?.length) return null;
  return (
    <section>
      <h3 className="text-sm font-medium">{t`API keys`}</h3>
      <ul className="flex flex-col gap-3 pt-2 text-sm">
        {good.map((key) => (
          <li key={key.id} className="flex items-center justify-between gap-3">
            <KeyFacts apiKey={key} />
            <Button
              busy={revoke.isPending}
              onClick={() => revoke.mutate(key.id, { onError: sayProblem })}
            >{t`Revoke`}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

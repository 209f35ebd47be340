import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/states";
import { passkeysWork } from "../api/authenticator";
import { useLoginPasskey } from "../api/login";
import { methodsOptions } from "../api/methods";

type Props = { challenge?: string | null; onDone?: (user: User) => void };

/** Signs in by a passkey: alone, or as the second step; nothing where this page can use none. */
export function PasskeyButton({ challenge = null, onDone }: Props) {
  const { data: methods } = useQuery(methodsOptions);
  const login = useLoginPasskey();
  if (!passkeysWork(methods?.passkeys_at)) return null;
  return (
    <div className="flex flex-col gap-3">
      {login.isError && <ErrorNote error={login.error} />}
      <Button
        busy={login.isPending}
        className="min-h-10"
        onClick={() => login.mutate(challenge, { onSuccess: onDone })}
      >
        {challenge ? t`Use a passkey` : t`Sign in with a passkey`}
      </Button>
    </div>
  );
}

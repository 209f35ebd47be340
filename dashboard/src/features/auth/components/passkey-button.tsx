import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/states";
import { passkeysWork } from "../api/authenticator";
import { useLoginPasskey } from "../api/login";
import { methodsOptions } from "../api/methods";

/** Signs in by a passkey: alone, or as the second step; nothing where this page can use none. */
export function PasskeyButton({ challenge = null }: { challenge?: string | null }) {
  const { data: methods } = useQuery(methodsOptions);
  const login = useLoginPasskey();
  if (!passkeysWork(methods?.passkeys_at)) return null;
  return (
    <div className="flex flex-col gap-3">
      {login.isError && <ErrorNote error={login.error} />}
      <Button busy={login.isPending} className="min-h-10" onClick={() => login.mutate(challenge)}>
        {challenge ? "Use a passkey" : "Sign in with a passkey"}
      </Button>
    </div>
  );
}

import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field, inputClass } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { when } from "@/lib/format";
import {
  factorsOptions,
  useBeginApp,
  useConfirmApp,
  useRefreshFactors,
  useRemoveApp,
  useRenewCodes,
} from "../api/factors";
import { Identities } from "./identities";
import { MailAddress } from "./mail-address";
import { Passkeys } from "./passkeys";
import { QrCode } from "./qr-code";

/** One's own second factors: adding, looking after and removing them. */
export function Factors() {
  const factors = useQuery(factorsOptions);
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = useRefreshFactors();
  if (codes)
    return <Codes codes={codes} onDone={() => void refresh().then(() => setCodes(null))} />;
  return (
    <QueryView query={factors} what={t`second factors`}>
      {(found) => (
        <div className="flex flex-col gap-6">
          <section aria-label={t`App`} className="flex flex-col gap-3">
            <h3 className="text-sm font-semibold">{t`App`}</h3>
            {found.app_added_at ? (
              <App added={found.app_added_at} only={!found.passkeys.length} />
            ) : (
              <AddApp onCodes={setCodes} onDone={refresh} />
            )}
          </section>
          <Passkeys factors={found} onCodes={setCodes} />
          <Identities />
          <MailAddress />
          {(found.app_added_at || found.passkeys.length > 0) && (
            <RecoveryCodes left={found.recovery_codes_left} onCodes={setCodes} />
          )}
        </div>
      )}
    </QueryView>
  );
}

type CodesProps = { onCodes: (codes: string[]) => void };

function AddApp({ onCodes, onDone }: CodesProps & { onDone: () => void }) {
  const begin = useBeginApp();
  const confirm = useConfirmApp();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = text(new FormData(event.currentTarget), "code");
    confirm.mutate(code, {
      onSuccess: ({ recovery_codes: codes }) => (codes.length ? onCodes(codes) : onDone()),
    });
  };
  if (!begin.data)
    return (
      <div className="flex flex-col gap-3 text-sm">
        <p>{t`An app on your phone makes a new code every 30 seconds, which a sign-in then needs too.`}</p>
        <Button
          look="primary"
          busy={begin.isPending}
          onClick={() => begin.mutate(undefined, { onError: sayProblem })}
        >{t`Add an app`}</Button>
      </div>
    );
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(confirm.error)} onSubmit={submit}>
      <QrCode rows={begin.data.qr} label={t`QR code for the app`} />
      <p className="text-sm break-all">
        <Trans>
          Scan it with the app, or type this in: <code>{begin.data.secret}</code>
        </Trans>
      </p>
      {confirm.isError && <ErrorNote error={confirm.error} inForm={["code"]} />}
      <Field name="code" label={t`Code that the app shows`}>
        <input className={inputClass} required autoComplete="one-time-code" inputMode="numeric" />
      </Field>
      <Button look="primary" type="submit" busy={confirm.isPending}>{t`Confirm`}</Button>
    </Form>
  );
}

function RecoveryCodes({ left, onCodes }: CodesProps & { left: number }) {
  const renew = useRenewCodes();
  const renewed = {
    onSuccess: (made: { recovery_codes: string[] }) => onCodes(made.recovery_codes),
  };
  return (
    <section aria-label={t`Recovery codes`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`Recovery codes`}</h3>
      <p>{t`Each stands in once for your app or passkey. Left: ${left}.`}</p>
      <Button
        busy={renew.isPending}
        onClick={() => renew.mutate(undefined, { ...renewed, onError: sayProblem })}
      >{t`New recovery codes`}</Button>
    </section>
  );
}

/** `only`: no other factor is left without it. */
function App({ added, only }: { added: string; only: boolean }) {
  const remove = useRemoveApp();
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>{t`An app makes codes for you since ${when(added)}.`}</p>
      <Confirm
        title={t`Remove the app?`}
        action={t`Remove app`}
        trigger={<Button look="danger" busy={remove.isPending}>{t`Remove app`}</Button>}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => say(only ? t`Your password alone signs you in again` : t`Removed`),
            onError: sayProblem,
          })
        }
      >
        {only
          ? t`Your password alone signs you in then, and your recovery codes are void.`
          : t`Your passkeys go on.`}
      </Confirm>
    </div>
  );
}

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    say(t`Copied`);
  };
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>{t`Keep these recovery codes where you find them without your phone. Each signs you in once; they are shown this once.`}</p>
      <ul aria-label={t`Recovery codes`} className="grid grid-cols-2 gap-1 font-mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button onClick={() => void copy()}>{t`Copy`}</Button>
      <Button look="primary" onClick={onDone}>{t`I have kept them`}</Button>
    </div>
  );
}

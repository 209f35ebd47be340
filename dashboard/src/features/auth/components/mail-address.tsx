import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say, sayProblem } from "@/components/ui/toast";
import { fieldErrors, text } from "@/lib/form";
import { mailOptions, useRemoveMail, useSetMail } from "../api/mail";

/** Where one gets mail of the account; nothing where no mail is set up. */
export function MailAddress() {
  const { data } = useQuery(mailOptions);
  const set = useSetMail();
  const remove = useRemoveMail();
  if (!data?.works) return null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const address = text(new FormData(event.currentTarget), "address");
    set.mutate(address, { onSuccess: () => say(t`A link was sent to ${address}`) });
  };
  return (
    <section aria-label={t`Mail`} className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">{t`Mail`}</h3>
      <p>
        {data.address
          ? `${data.address}: ${data.verified_at ? t`confirmed` : t`open the link that was sent there`}.`
          : t`Of new devices, and a new password when you have forgotten yours.`}
      </p>
      <Form className="flex flex-col gap-3" errors={fieldErrors(set.error)} onSubmit={submit}>
        {set.isError && <ErrorNote error={set.error} inForm={["address"]} />}
        <Field name="address" label={data.address ? t`Another address` : t`Your mail address`}>
          <input
            className={inputClass}
            type="email"
            required
            maxLength={254}
            autoComplete="email"
          />
        </Field>
        <div className="flex gap-2 *:flex-1">
          <Button type="submit" busy={set.isPending}>
            {t`Send a link there`}
          </Button>
          {data.address && (
            <Button
              look="danger"
              busy={remove.isPending}
              onClick={() => remove.mutate(undefined, { onError: sayProblem })}
            >
              {t`Remove`}
            </Button>
          )}
        </div>
      </Form>
    </section>
  );
}

import { Form } from "@base-ui/react/form";
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
    set.mutate(address, { onSuccess: () => say(`A link was sent to ${address}`) });
  };
  return (
    <section aria-label="Mail" className="flex flex-col gap-3 text-sm">
      <h3 className="font-semibold">Mail</h3>
      <p>
        {data.address
          ? `${data.address}: ${data.verified_at ? "confirmed" : "open the link that was sent there"}.`
          : "Of new devices, and a new password when you have forgotten yours."}
      </p>
      <Form className="flex flex-col gap-3" errors={fieldErrors(set.error)} onSubmit={submit}>
        {set.isError && <ErrorNote error={set.error} inForm={["address"]} />}
        <Field name="address" label={data.address ? "Another address" : "Your mail address"}>
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
            Send a link there
          </Button>
          {data.address && (
            <Button
              look="danger"
              busy={remove.isPending}
              onClick={() => remove.mutate(undefined, { onError: sayProblem })}
            >
              Remove
            </Button>
          )}
        </div>
      </Form>
    </section>
  );
}

import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useRenamePasskey } from "../api/passkeys";

export function RenamePasskey({ id, name }: { id: number; name: string }) {
  const [open, setOpen] = useState(false);
  const rename = useRenamePasskey();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = text(new FormData(event.currentTarget), "name");
    rename.mutate({ id, name: wanted }, { onSuccess: () => setOpen(false) });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Rename ${name}`}
      trigger={<Button aria-label={t`Rename ${name}`}>{t`Rename`}</Button>}
    >
      <Form className="flex flex-col gap-4" errors={fieldErrors(rename.error)} onSubmit={submit}>
        {rename.isError && <ErrorNote error={rename.error} inForm={["name"]} />}
        <Field name="name" label={t`Name`}>
          <input className={inputClass} required maxLength={50} defaultValue={name} />
        </Field>
        <Button look="primary" type="submit" busy={rename.isPending}>{t`Rename passkey`}</Button>
      </Form>
    </Dialog>
  );
}

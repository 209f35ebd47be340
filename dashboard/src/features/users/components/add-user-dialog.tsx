import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { Plus } from "lucide-react";
import type { FormEvent } from "react";
import { useState } from "react";
import type { Role } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { ShownOnce } from "@/components/ui/shown-once";
import { ErrorNote } from "@/components/ui/states";
import { fieldErrors, text } from "@/lib/form";
import { useAddUser } from "../api/add-user";
import { RoleField } from "./role-field";

export function AddUserDialog() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Add an account`}
      description={t`Crier makes up a password for you to hand over. An invitation lets people choose their own.`}
      trigger={<Button icon={<Plus />}>{t`Add account`}</Button>}
    >
      <AddUserForm />
    </Dialog>
  );
}

function AddUserForm() {
  const add = useAddUser();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    add.mutate({ username: text(data, "username"), role: text(data, "role") as Role });
  };
  if (add.data?.password)
    return <ShownOnce label={t`Password of ${add.data.username}`} value={add.data.password} />;
  return (
    <Form className="flex flex-col gap-4" errors={fieldErrors(add.error)} onSubmit={submit}>
      {add.isError && <ErrorNote error={add.error} inForm={["username", "role"]} />}
      <Field name="username" label={t`Username`} hint={t`3 to 50 letters, digits, _ . -`}>
        <input className={inputClass} required autoComplete="off" autoCapitalize="none" />
      </Field>
      <RoleField />
      <Button look="primary" type="submit" busy={add.isPending}>{t`Add account`}</Button>
    </Form>
  );
}

import { Form } from "@base-ui/react/form";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { Bookmark } from "lucide-react";
import { useState } from "react";
import { at } from "@/api/below";
import { type SavedView, savedViewsOptions, useSaveView } from "@/api/saved-views";
import { fieldErrors, text } from "@/lib/form";
import { linkClass } from "./links";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";
import { Field, inputClass } from "./ui/field";
import { QueryView } from "./ui/query-view";
import { ErrorNote } from "./ui/states";
import { say, sayProblem } from "./ui/toast";

type Props = { page: SavedView["page"] };

/** What a list shows, kept under names by the account: on every machine that somebody sits at. */
export function SavedViews({ page }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Saved views`}
      description={t`Filters and order under a name. They belong to your account.`}
      trigger={<Button icon={<Bookmark aria-hidden />}>{t`Saved views`}</Button>}
    >
      <div className="flex flex-col gap-4">
        <Views page={page} onChosen={() => setOpen(false)} />
        <SaveForm page={page} />
      </div>
    </Dialog>
  );
}

function Views({ page, onChosen }: Props & { onChosen: () => void }) {
  const query = useQuery(savedViewsOptions);
  const save = useSaveView();
  const { history } = useRouter();
  const { pathname } = useLocation();
  return (
    <QueryView query={query} what={t`saved views`} rows={2}>
      {({ items }) => (
        <ul className="flex flex-col gap-1 empty:hidden">
          {items
            .filter((view) => view.page === page)
            .map(({ name, search }) => (
              <li key={name} className="flex items-center justify-between gap-3">
                <button
                  type="button"
                  className={`min-w-0 py-1 text-left break-words ${linkClass}`}
                  onClick={() => {
                    history.push(at(`${pathname}?${search}`));
                    onChosen();
                  }}
                >
                  {name}
                </button>
                <Button
                  look="quiet"
                  aria-label={t`Forget ${name}`}
                  busy={save.isPending}
                  onClick={() => save.mutate({ page, name, search: null }, { onError: sayProblem })}
                >{t`Forget`}</Button>
              </li>
            ))}
        </ul>
      )}
    </QueryView>
  );
}

function SaveForm({ page }: Props) {
  const save = useSaveView();
  const { searchStr } = useLocation();
  return (
    <Form
      className="flex flex-col gap-3 border-t border-line pt-4"
      errors={fieldErrors(save.error)}
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const name = text(new FormData(form), "name");
        save.mutate(
          { page, name, search: searchStr.replace(/^\?/, "") },
          {
            onSuccess: () => {
              form.reset();
              say(t`Saved`);
            },
          },
        );
      }}
    >
      {save.isError && <ErrorNote error={save.error} inForm={["name"]} />}
      <Field
        name="name"
        label={t`Name of what is shown now`}
        hint={t`A view of the same name is replaced.`}
      >
        <input className={inputClass} required maxLength={60} autoComplete="off" />
      </Field>
      <Button look="primary" type="submit" className="self-start" busy={save.isPending}>
        {t`Save this view`}
      </Button>
    </Form>
  );
}

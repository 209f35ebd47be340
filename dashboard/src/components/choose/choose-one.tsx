import { Combobox } from "@base-ui/react/combobox";
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { useId, useState } from "react";
import { inputClass } from "@/components/ui/field";
import { type Choice, choiceOptions, type Kind } from "./choices";

type Props = {
  label: string;
  kind: Kind;
  value: Choice | null;
  onChange: (choice: Choice | null) => void;
  /** What choosing nothing means; without it something must be chosen. */
  any?: string;
  /** The label stands beside the control, as that of other filters. */
  beside?: boolean;
};

/** A choice of one among many, found by typing a part of its name. */
export function ChooseOne({ label, kind, value, onChange, any, beside }: Props) {
  const [q, setQ] = useState("");
  const input = useId();
  const found = useQuery(choiceOptions(kind, q)).data ?? [];
  return (
    <Combobox.Root
      items={found}
      filter={null}
      value={value}
      onValueChange={onChange}
      onInputValueChange={(typed, { reason }) => setQ(reason === "input-change" ? typed : "")}
      itemToStringLabel={({ name }: Choice) => name}
      isItemEqualToValue={(one: Choice, other: Choice) => one.id === other.id}
      required={!any}
    >
      <div className={`flex min-w-0 gap-1 text-sm ${beside ? "items-center gap-2" : "flex-col"}`}>
        <label htmlFor={input} className={beside ? "text-muted" : "font-medium"}>
          {label}
        </label>
        <Combobox.InputGroup className="relative">
          <Combobox.Input
            id={input}
            className={`${inputClass} pr-16 ${beside ? "h-9 text-sm!" : ""}`}
            placeholder={any ?? t`Type to search`}
          />
          <span className="absolute top-0 right-2 flex h-10 items-center text-muted">
            {any && (
              <Combobox.Clear aria-label={t`Clear ${label.toLowerCase()}`} className="rounded p-1">
                <X aria-hidden className="size-4" />
              </Combobox.Clear>
            )}
            <Combobox.Trigger aria-label={t`Show ${label.toLowerCase()}`} className="rounded p-1">
              <ChevronDown aria-hidden className="size-4" />
            </Combobox.Trigger>
          </span>
        </Combobox.InputGroup>
      </div>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} className="z-20">
          <Combobox.Popup className="max-h-72 w-(--anchor-width) overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-lg">
            <Combobox.Empty className="px-3 py-2 text-sm text-muted empty:hidden">{t`Nothing fits.`}</Combobox.Empty>
            <Combobox.List>
              {(choice: Choice) => (
                <Combobox.Item
                  key={choice.id}
                  value={choice}
                  className="cursor-pointer truncate rounded-md px-3 py-1.5 text-sm data-highlighted:bg-raised data-selected:font-medium data-selected:text-accent"
                >
                  {choice.name}
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CheckBox } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { choiceOptions, type Kind } from "./choices";

type Props = {
  legend: string;
  /** What choosing none means. */
  none: string;
  kind: Kind;
  chosen: number[];
  onChange: (chosen: number[]) => void;
  /** Names those that were chosen and are not among those found. */
  nameOf: (id: number) => string;
};

/** Fewer than this are seen at a glance, without a search. */
const FEW = 8;

/** A choice of some among many: those chosen stand first, the others are found by name. */
export function ChooseMany({ legend, none, kind, chosen, onChange, nameOf }: Props) {
  const [q, setQ] = useState("");
  const found = useQuery(choiceOptions(kind, q)).data ?? [];
  const others = found.filter(({ id }) => !chosen.includes(id));
  const rows = [...chosen.map((id) => ({ id, name: nameOf(id) })), ...others];
  const toggle = (id: number, on: boolean) =>
    onChange(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="text-sm font-medium">{legend}</legend>
      <p className="text-sm text-muted">{none}</p>
      {(q || found.length > FEW) && <SearchBox label={t`Search bots`} value={q} onChange={setQ} />}
      <div className="grid max-h-48 overflow-y-auto sm:grid-cols-2">
        {rows.map(({ id, name }) => (
          <CheckBox
            key={id}
            label={name}
            checked={chosen.includes(id)}
            onChange={(on) => toggle(id, on)}
          />
        ))}
      </div>
    </fieldset>
  );
}

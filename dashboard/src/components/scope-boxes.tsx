import { t } from "@lingui/core/macro";
import type { Body } from "@/api/types";
import { CheckBox } from "@/components/ui/field";

export type Scope = NonNullable<Body<"/api/auth/keys">["scopes"]>[number];

const SCOPES = {
  read: t`See bots, ads and figures`,
  ads: t`Write ads`,
  launch: t`Review and broadcast ads`,
  bots: t`Add and run bots`,
  people: t`See, import and erase people`,
  money: t`See prices and earnings`,
} as const satisfies Record<Scope, string>;
export const ALL_SCOPES = Object.keys(SCOPES) as Scope[];

type Props<S extends Scope> = {
  scopes: readonly S[];
  chosen: readonly S[];
  onChange: (chosen: S[]) => void;
};

/** Parts of a role, of which some are chosen. */
export function ScopeBoxes<S extends Scope>({ scopes, chosen, onChange }: Props<S>) {
  const set = (scope: S, on: boolean) =>
    onChange(scopes.filter((one) => (one === scope ? on : chosen.includes(one))));
  return (
    <fieldset className="grid sm:grid-cols-2">
      <legend className="text-sm font-medium">{t`May`}</legend>
      {scopes.map((scope) => (
        <CheckBox
          key={scope}
          label={SCOPES[scope]}
          checked={chosen.includes(scope)}
          onChange={(on) => set(scope, on)}
        />
      ))}
    </fieldset>
  );
}

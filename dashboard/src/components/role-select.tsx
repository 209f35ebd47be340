import { t } from "@lingui/core/macro";
import { inputClass } from "@/components/ui/field";
import { words } from "@/lib/words";

type Props<R extends string> = { roles: readonly R[]; role: R; onRole: (role: R) => void };

/** A choice of one of some roles. */
export function RoleSelect<R extends string>({ roles, role, onRole }: Props<R>) {
  return (
    <label className="flex min-w-0 flex-1 flex-col gap-1 text-sm font-medium">
      {t`Role`}
      <select
        className={inputClass}
        value={role}
        onChange={(event) => onRole(event.target.value as R)}
      >
        {roles.map((one) => (
          <option key={one} value={one}>
            {words(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

import { t } from "@lingui/core/macro";
import { Field, inputClass } from "@/components/ui/field";
import { words } from "@/lib/words";
import { ROLES } from "../roles";

/** The role of an account that is to be made. */
export function RoleField() {
  return (
    <Field
      name="role"
      label={t`Role`}
      hint={t`Advertisers write ads; operators run bots and send them.`}
    >
      <select className={inputClass} defaultValue="advertiser">
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {words(role)}
          </option>
        ))}
      </select>
    </Field>
  );
}

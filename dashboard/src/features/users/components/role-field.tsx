import { Field, inputClass } from "@/components/ui/field";
import { ROLES } from "../roles";

/** The role of an account that is to be made. */
export function RoleField() {
  return (
    <Field name="role" label="Role" hint="Advertisers write ads; operators run bots and send them.">
      <select className={inputClass} defaultValue="advertiser">
        {ROLES.map((role) => (
          <option key={role}>{role}</option>
        ))}
      </select>
    </Field>
  );
}

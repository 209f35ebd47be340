import { t } from "@lingui/core/macro";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { inputClass } from "@/components/ui/field";
import { say, sayProblem } from "@/components/ui/toast";
import { useErasePerson, useExportPerson } from "../api/person";

const CHAT_ID = /^-?\d{1,16}$/;

/** One person by Telegram user id: everything that is kept of them as a file, or gone. */
export function PersonForm() {
  const [text, setText] = useState("");
  const exporting = useExportPerson();
  const erasing = useErasePerson();
  const isId = CHAT_ID.test(text.trim());
  const chatId = Number(text);
  const save = () =>
    exporting.mutate(chatId, { onSuccess: (found) => download(found), onError: sayProblem });
  const erase = () =>
    erasing.mutate(chatId, {
      onSuccess: () => say(t`Erased within about a minute. Nothing is sent to them any more`),
      onError: sayProblem,
    });
  return (
    <div className="flex flex-wrap items-end gap-3">
      <label className="flex flex-col gap-1 text-sm font-medium">
        {t`Telegram user id`}
        <input
          className={inputClass}
          inputMode="numeric"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <Button
        icon={<Download />}
        disabled={!isId}
        busy={exporting.isPending}
        onClick={save}
      >{t`Export`}</Button>
      <Confirm
        title={t`Erase ${text}?`}
        action={t`Erase person`}
        onConfirm={erase}
        trigger={
          <Button
            look="danger"
            icon={<Trash2 />}
            disabled={!isId}
            busy={erasing.isPending}
          >{t`Erase`}</Button>
        }
      >{t`Names, texts and ids of this person are erased from every bot that you see here, and nothing is sent to them until they /start again. Sums stay. That cannot be undone.`}</Confirm>
    </div>
  );
}

function download(found: unknown) {
  const file = new Blob([JSON.stringify(found, null, 2)], { type: "application/json" });
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: url, download: "person.json" });
  link.click();
  URL.revokeObjectURL(url);
}

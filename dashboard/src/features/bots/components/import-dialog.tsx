import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { inputClass } from "@/components/ui/field";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { count } from "@/lib/format";
import { type Imported, useImportChats, usePreviewImport } from "../api/import-chats";

/** Brings an audience along from another tool: a file, what it would do, then the import. */
export function ImportDialog({ botId }: { botId: number }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t`Import subscribers`}
      description={t`A CSV file with a column of chat ids, as another tool exports it. You see what it would do before anything changes.`}
      trigger={<Button icon={<FileUp />}>{t`Import`}</Button>}
    >
      <Steps botId={botId} onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function Steps({ botId, onDone }: { botId: number; onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [column, setColumn] = useState<string>();
  const preview = usePreviewImport(botId);
  const run = useImportChats(botId);
  const look = (chosen: File | null, by?: string) => {
    setFile(chosen);
    setColumn(by);
    if (chosen) preview.mutate({ file: chosen, column: by });
  };
  const onSuccess = ({ accepted }: Imported) => {
    onDone();
    say(plural(accepted, { one: "# subscriber imported", other: "# subscribers imported" }));
  };
  const error = run.error ?? preview.error;
  return (
    <div className="flex flex-col gap-4">
      <label className="flex flex-col gap-1 text-sm font-medium">
        {t`File`}
        <input
          className={`${inputClass} py-1.5`}
          type="file"
          accept=".csv,.txt,text/csv,text/plain"
          onChange={(event) => look(event.target.files?.[0] ?? null)}
        />
      </label>
      {error && <ErrorNote error={error} />}
      {(error || preview.data) && file && (
        <ColumnName
          columns={preview.data?.understood.columns ?? []}
          value={column ?? preview.data?.understood.column ?? ""}
          onChange={(by) => look(file, by || undefined)}
        />
      )}
      {preview.data && <Plan plan={preview.data} />}
      <Button
        look="primary"
        disabled={!file || !preview.data?.accepted}
        busy={run.isPending || preview.isPending}
        onClick={() => file && run.mutate({ file, column }, { onSuccess })}
      >
        {plural(preview.data?.accepted ?? 0, {
          one: "Import # subscriber",
          other: "Import # subscribers",
        })}
      </Button>
    </div>
  );
}

type ColumnProps = { columns: string[]; value: string; onChange: (name: string) => void };

function ColumnName({ columns, value, onChange }: ColumnProps) {
  if (columns.length > 0)
    return (
      <label className="flex flex-col gap-1 text-sm font-medium">
        {t`Column with the chat ids`}
        <select
          className={inputClass}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {columns.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    );
  return (
    <label className="flex flex-col gap-1 text-sm font-medium">
      {t`Column with the chat ids`}
      <input
        className={inputClass}
        placeholder={t`found by itself`}
        defaultValue={value}
        onBlur={(event) => event.target.value !== value && onChange(event.target.value)}
      />
    </label>
  );
}

const MOST_SHOWN = 5;

function Plan({ plan }: { plan: Imported }) {
  const { accepted, duplicates, rejected, rejected_total } = plan;
  return (
    <div className="flex flex-col gap-2 rounded-lg bg-raised p-3 text-sm">
      <p>
        <Trans>
          <strong>{count(accepted)}</strong> new subscribers, {count(duplicates)} that are there
          already, {count(rejected_total)} that cannot be taken.
        </Trans>
      </p>
      {rejected.length > 0 && (
        <ul className="text-muted">
          {rejected.slice(0, MOST_SHOWN).map(({ line, reason }) => (
            <li key={line}>{t`Line ${count(line)}: ${reason}`}</li>
          ))}
          {rejected_total > MOST_SHOWN && (
            <li>{t`and ${count(rejected_total - MOST_SHOWN)} more`}</li>
          )}
        </ul>
      )}
    </div>
  );
}

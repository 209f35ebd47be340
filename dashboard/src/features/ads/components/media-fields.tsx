import { t } from "@lingui/core/macro";
import { ImageUp, Trash2 } from "lucide-react";
import { type DragEvent, useRef } from "react";
import { Button } from "@/components/ui/button";
import { areaClass, Field } from "@/components/ui/field";
import { sayProblem } from "@/components/ui/toast";
import { useUploadMedia } from "../api/upload-media";

type Props = { value: string; onChange: (value: string) => void };

/** Pictures and videos of an ad: files that are dropped or chosen, or addresses. */
export function MediaFields({ value, onChange }: Props) {
  const upload = useUploadMedia();
  const input = useRef<HTMLInputElement>(null);
  const urls = value.split("\n").filter((line) => line.trim());
  const take = async (files: Iterable<File>) => {
    let all = urls;
    try {
      for (const file of files) {
        const { url } = await upload.mutateAsync(file);
        all = [...all, url];
        onChange(all.join("\n"));
      }
    } catch (error) {
      sayProblem(error);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer.files);
  };
  return (
    <div className="flex flex-col gap-2">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same */}
      <div
        className="flex flex-wrap items-center gap-3 rounded-lg border border-dashed border-line p-3 text-sm text-muted"
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        <Button icon={<ImageUp />} busy={upload.isPending} onClick={() => input.current?.click()}>
          {upload.isPending ? t`Uploading…` : t`Add pictures or videos`}
        </Button>
        {t`or drop them here`}
        <input
          ref={input}
          className="hidden"
          type="file"
          multiple
          aria-label={t`Files`}
          onChange={(event) => void take([...(event.target.files ?? [])])}
        />
      </div>
      {urls.map((url) => (
        <div key={url} className="flex items-center justify-between gap-2 text-sm">
          <span className="min-w-0 truncate">{url}</span>
          <Button
            look="quiet"
            aria-label={t`Remove ${url}`}
            icon={<Trash2 />}
            onClick={() => onChange(urls.filter((other) => other !== url).join("\n"))}
          />
        </div>
      ))}
      <Field
        name="media_urls"
        label={t`Or their addresses`}
        hint={t`One https address on each line`}
      >
        <textarea
          className={areaClass}
          rows={2}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
    </div>
  );
}

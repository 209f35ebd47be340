import { Field as Base } from "@base-ui/react/field";
import { t } from "@lingui/core/macro";
import { ArrowLeft, ArrowRight, ImageUp, Plus, Trash2 } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useRef, useState } from "react";
import { fileName } from "@/components/message/media";
import { Medium } from "@/components/message/media-album";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";
import { say, sayProblem } from "@/components/ui/toast";
import { useUploadMedia } from "../api/upload-media";

type Props = { value: string[]; onChange: (value: string[]) => void };

const MOST = 10;

/** Pictures, videos and files of an ad in their order: uploads, or addresses. */
export function MediaFields({ value, onChange }: Props) {
  const upload = useUploadMedia();
  const input = useRef<HTMLInputElement>(null);
  const take = async (files: Iterable<File>) => {
    let all = value;
    try {
      for (const file of [...files].slice(0, MOST - value.length)) {
        const { url, note } = await upload.mutateAsync(file);
        if (note) say(note);
        all = [...all, url];
        onChange(all);
      }
    } catch (error) {
      sayProblem(error);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer.files);
  };
  const isFull = value.length >= MOST;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same
    <div
      className="flex flex-col gap-3 rounded-lg border border-dashed border-line p-3"
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {value.length > 0 && <Tiles value={value} onChange={onChange} />}
      <div className="flex flex-wrap items-center gap-3 text-sm text-muted">
        <Button
          icon={<ImageUp />}
          busy={upload.isPending}
          disabled={isFull}
          onClick={() => input.current?.click()}
        >
          {upload.isPending ? t`Uploading…` : t`Add pictures or videos`}
        </Button>
        {isFull ? t`An album holds ten.` : t`or drop them here`}
        <input
          ref={input}
          className="hidden"
          type="file"
          multiple
          aria-label={t`Files`}
          onChange={(event) => {
            void take([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
      </div>
      {!isFull && <AddressField onAdd={(address) => onChange([...value, address])} />}
      <Base.Root name="media_urls">
        <Base.Error className="text-sm text-failed" />
      </Base.Root>
    </div>
  );
}

function moved(all: string[], from: number, to: number): string[] {
  const rest = all.filter((_, index) => index !== from);
  return rest.toSpliced(to, 0, all[from] as string);
}

/** Each medium as it looks; moved with its buttons, or dragged. */
function Tiles({ value, onChange }: Props) {
  const [dragged, setDragged] = useState<number | null>(null);
  return (
    <ol className="grid grid-cols-2 gap-3 sm:grid-cols-3">
      {value.map((source, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: the same picture may come twice
          key={`${source} ${index}`}
          className="flex min-w-0 flex-col gap-1 rounded-lg border border-line p-1"
          draggable
          onDragStart={() => setDragged(index)}
          onDragEnd={() => setDragged(null)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            if (dragged === null) return;
            event.preventDefault();
            event.stopPropagation();
            onChange(moved(value, dragged, index));
          }}
        >
          <div className="aspect-square overflow-hidden rounded-md bg-raised" title={source}>
            <Medium source={source} />
          </div>
          <TileButtons {...{ value, onChange, index }} />
          <Base.Root name={`media_urls.${index}`}>
            <Base.Error className="text-sm text-failed" />
          </Base.Root>
        </li>
      ))}
    </ol>
  );
}

function TileButtons({ value, onChange, index }: Props & { index: number }) {
  const name = `${index + 1}, ${fileName(value[index] as string)}`;
  return (
    <div className="flex justify-between">
      <Button
        look="quiet"
        className="px-2!"
        aria-label={t`Move ${name} forward`}
        icon={<ArrowLeft />}
        disabled={index === 0}
        onClick={() => onChange(moved(value, index, index - 1))}
      />
      <Button
        look="quiet"
        className="px-2!"
        aria-label={t`Move ${name} back`}
        icon={<ArrowRight />}
        disabled={index === value.length - 1}
        onClick={() => onChange(moved(value, index, index + 1))}
      />
      <Button
        look="quiet"
        className="px-2!"
        aria-label={t`Remove ${name}`}
        icon={<Trash2 />}
        onClick={() => onChange(value.filter((_, other) => other !== index))}
      />
    </div>
  );
}

/** A file that lies elsewhere, which Telegram fetches itself. */
function AddressField({ onAdd }: { onAdd: (address: string) => void }) {
  const [address, setAddress] = useState("");
  const add = () => {
    if (!address.trim()) return;
    onAdd(address.trim());
    setAddress("");
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <div className="flex gap-2">
      <input
        className={`${inputClass} h-9`}
        inputMode="url"
        aria-label={t`Address of a picture, video, PDF or ZIP`}
        placeholder={t`or its https address`}
        value={address}
        onChange={(event) => setAddress(event.target.value)}
        onKeyDown={keys}
      />
      <Button icon={<Plus />} onClick={add}>{t`Add`}</Button>
    </div>
  );
}

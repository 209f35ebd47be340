import { t } from "@lingui/core/macro";
import { Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";
import { useTheme } from "@/lib/theme";
import { isPersonal, readAs } from "./markup";
import { fill, type ParseMode, type Person } from "./markup/fields";
import { MediaAlbum } from "./media-album";
import { MessageText } from "./message-text";
import { READERS, type Reader, readerName } from "./personal";

type Buttons = { text: string; url?: string | null }[][];
type Props = {
  content: string;
  parseMode: ParseMode | undefined;
  buttons: Buttons;
  media: string[];
  /** Whether Telegram shows a card of the first link. */
  linkCard?: boolean;
};

/** The message on a phone as Telegram shows it, in light and dark colours, for one reader. */
export function MessagePreview(props: Props) {
  const { content, parseMode = null, buttons, media, linkCard = false } = props;
  const [reader, setReader] = useState<Reader>("ann");
  const [look, setLook] = useState<"light" | "dark">(useTheme()[0]);
  const person = READERS[reader];
  const texts = [content, ...buttons.flat().flatMap((button) => [button.text, button.url ?? ""])];
  const other = look === "light" ? "dark" : "light";
  return (
    // biome-ignore lint/a11y/useSemanticElements: no fields of a form
    <div role="group" className="flex max-w-sm min-w-0 flex-col gap-2" aria-label={t`Preview`}>
      <div className="flex items-center justify-between gap-2">
        {texts.some(isPersonal) ? (
          <label className="flex min-w-0 items-center gap-2 text-sm whitespace-nowrap">
            {t`As seen by`}
            <select
              className={`${inputClass} h-9 w-auto min-w-0 shrink text-sm!`}
              value={reader}
              onChange={(event) => setReader(event.target.value as Reader)}
            >
              {(Object.keys(READERS) as Reader[]).map((one) => (
                <option key={one} value={one}>
                  {readerName(one)}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <span className="text-sm font-medium">{t`Preview`}</span>
        )}
        <Button
          look="quiet"
          aria-label={other === "dark" ? t`Preview in dark colours` : t`Preview in light colours`}
          icon={other === "dark" ? <Moon /> : <Sun />}
          onClick={() => setLook(other)}
        />
      </div>
      <div className="message-phone" data-look={look}>
        <div className="message-bubble">
          <MediaAlbum sources={media} />
          <Words {...{ content, parseMode, person }} alone={media.length === 0} />
          {linkCard && media.length === 0 && <LinkCard {...{ content, parseMode, person }} />}
        </div>
        <Keyboard rows={media.length > 1 ? [] : buttons} person={person} />
      </div>
    </div>
  );
}

type WordsProps = { content: string; parseMode: ParseMode; person: Person; alone?: boolean };

function Words({ content, parseMode, person, alone }: WordsProps) {
  const read = readAs(content, parseMode, person);
  if (!content)
    return alone ? <p className="text-(--chat-muted)">{t`The text shows here.`}</p> : null;
  if ("problem" in read)
    return (
      <>
        <p className="text-sm text-(--chat-problem)">{t`Telegram would refuse this markup.`}</p>
        <p className="message-text">{content}</p>
      </>
    );
  return (
    <div className="message-text">
      <MessageText runs={read.parsed.runs} />
    </div>
  );
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/i;

/** Telegram makes a card of the first link's page; what stands on it is known there alone. */
function LinkCard({ content, parseMode, person }: WordsProps) {
  const read = readAs(content, parseMode, person);
  if ("problem" in read) return null;
  const first = read.parsed.runs
    .map(
      ({ text, marks }) =>
        marks.find(({ tag }) => tag === "link")?.value || ADDRESS.exec(text)?.[0],
    )
    .find((url) => url && URL.canParse(url) && /^https?:/i.test(url));
  if (!first) return null;
  return (
    <p className="message-quote text-sm">
      <strong className="text-(--chat-link)">{new URL(first).host}</strong>
      <br />
      {t`Telegram shows a preview of this page here.`}
    </p>
  );
}

function Keyboard({ rows, person }: { rows: Buttons; person: Person }) {
  return rows.map((row, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own
    <div key={index} className="mt-1 flex gap-1">
      {row.map((button, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a button is its place
        <span key={at} className="message-button">
          {fill(button.text, person, null) || "…"}
        </span>
      ))}
    </div>
  ));
}

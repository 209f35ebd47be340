import { plural, t } from "@lingui/core/macro";
import { count } from "@/lib/format";
import { CAPTION_MAX, countText, isPersonal, TEXT_MAX } from "../markup";
import type { ParseMode } from "../markup/fields";

type Props = { text: string; parse_mode: ParseMode; isCaption: boolean };

/** How long the text is as Telegram counts, and by how much it is too long. */
export function Counter({ text, parse_mode, isCaption }: Props) {
  const most = isCaption ? CAPTION_MAX : TEXT_MAX;
  const length = countText(text, parse_mode);
  const over = (length ?? 0) - most;
  return (
    <div className="flex flex-wrap justify-between gap-x-4 text-sm text-muted">
      <span role="status" className="font-medium text-failed">
        {over > 0 && tooLong(over, isCaption)}
      </span>
      <span className={over > 0 ? "text-failed" : ""}>
        {isPersonal(text) && t`with the longest names there are`}{" "}
        <span className="tabular-nums" data-testid="counter">
          {length === null ? "–" : count(length)}/{count(most)}
        </span>
      </span>
    </div>
  );
}

function tooLong(over: number, isCaption: boolean): string {
  const characters = plural(over, { one: "# character", other: "# characters" });
  return isCaption
    ? t`${characters} too long for a text below pictures. Shorten it, or send no picture.`
    : t`${characters} too long. Shorten it.`;
}

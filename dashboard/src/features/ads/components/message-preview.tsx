import type { Button } from "@/api/types";
import { renderTelegramHtml } from "../telegram-html";

type Props = {
  content: string;
  parseMode: string | null | undefined;
  buttons: Button[][];
  media: string[];
};

/** Roughly as Telegram will show it. MarkdownV2 is shown as it was written. */
export function MessagePreview({ content, parseMode, buttons, media }: Props) {
  return (
    <div className="max-w-sm rounded-xl bg-raised p-4" aria-label="Preview" role="img">
      <div className="rounded-2xl rounded-bl-sm bg-surface p-3 shadow-sm">
        {media.map((url) => (
          <p key={url} className="mb-2 truncate rounded-lg bg-raised p-3 text-sm text-muted">
            🖼 {url}
          </p>
        ))}
        <div className="break-words whitespace-pre-wrap">
          {content ? (
            parseMode === "HTML" ? (
              renderTelegramHtml(content)
            ) : (
              content
            )
          ) : (
            <span className="text-muted">The text shows here.</span>
          )}
        </div>
      </div>
      {buttons.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own
        <div key={index} className="mt-1 flex gap-1">
          {row.map((button) => (
            <span
              key={`${button.text} ${button.url}`}
              className="min-w-0 flex-1 truncate rounded-lg bg-accent-soft px-2 py-1.5 text-center text-sm font-medium text-accent"
            >
              {button.text || "…"}
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}

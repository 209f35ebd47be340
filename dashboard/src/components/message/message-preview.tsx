import { t } from "@lingui/core/macro";
import { renderTelegramHtml } from "./telegram-html";

type Props = {
  content: string;
  parseMode: string | null | undefined;
  buttons: { text: string; url?: string | null }[][];
  media: string[];
};

const SOMEBODY = { first_name: "Ann", last_name: "Berg", username: "ann", language: "en" };

/** Personal fields as one person would see them: `{first_name}` as "Ann". */
function asSomebody(content: string): string {
  return content.replaceAll(/\{(\w+)(?:\|[^}]*)?\}/g, (field, name: string) =>
    name in SOMEBODY ? SOMEBODY[name as keyof typeof SOMEBODY] : field,
  );
}

/** Roughly as Telegram will show it. MarkdownV2 is shown as it was written. */
export function MessagePreview({ content, parseMode, buttons, media }: Props) {
  return (
    <div className="max-w-sm rounded-xl bg-raised p-4" aria-label={t`Preview`} role="img">
      <div className="rounded-2xl rounded-bl-sm bg-surface p-3 shadow-sm">
        {media.map((url) => (
          <p key={url} className="mb-2 truncate rounded-lg bg-raised p-3 text-sm text-muted">
            🖼 {url}
          </p>
        ))}
        <div className="break-words whitespace-pre-wrap">
          {content ? (
            parseMode === "HTML" ? (
              renderTelegramHtml(asSomebody(content))
            ) : (
              asSomebody(content)
            )
          ) : (
            <span className="text-muted">{t`The text shows here.`}</span>
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

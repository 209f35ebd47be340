/** The media of a message: uploads as `media:<id>`, and addresses that Telegram fetches. */
import { t } from "@lingui/core/macro";
import { at } from "@/api/below";

export type MediaKind = "picture" | "video" | "file";

/** Where the dashboard fetches an upload; null for what lies elsewhere. */
export function uploadOf(source: string): string | null {
  return source.startsWith("media:") ? at(`/api/ads/media/${source.slice(6)}`) : null;
}

/** As Telegram takes an address by its ending (`domain/media_kinds.py`). */
export function kindByEnding(source: string): MediaKind {
  const path = URL.canParse(source) ? new URL(source).pathname : "";
  if (/\.(mp4|m4v|mov|3gp|3g2|webm|mkv)$/i.test(path)) return "video";
  return /\.(pdf|zip|m4a|m4b|mp3|ogg|oga)$/i.test(path) ? "file" : "picture";
}

export function fileName(source: string): string {
  if (uploadOf(source)) return t`Uploaded file`;
  if (!URL.canParse(source)) return source;
  const { host, pathname } = new URL(source);
  return pathname.split("/").at(-1) || host;
}

import { t } from "@lingui/core/macro";
import type { Ad } from "@/api/types";
import { plainText } from "@/lib/format";

const LONGEST = 60;

/** An ad's title; without one, the start of its text. */
export function adName(ad: Pick<Ad, "title" | "content" | "id">): string {
  if (ad.title) return ad.title;
  const plain = plainText(ad.content);
  if (!plain) return t`Ad ${ad.id}`;
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

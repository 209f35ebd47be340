import { t } from "@lingui/core/macro";

/** What a text may be written in; for a `<select>`. New texts begin with the first. */
export const MARKUP = "HTML";

export function MarkupOptions() {
  return (
    <>
      <option value={MARKUP}>{t`HTML: <b>bold</b>`}</option>
      <option value="MarkdownV2">{t`MarkdownV2: *bold*`}</option>
      <option value="">{t`none: plain text`}</option>
    </>
  );
}

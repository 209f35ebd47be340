import { t } from "@lingui/core/macro";

/** What a text may be written in; for a `<select>`. */
export function MarkupOptions() {
  return (
    <>
      <option value="HTML">{t`HTML: <b>bold</b>`}</option>
      <option value="MarkdownV2">{t`MarkdownV2: *bold*`}</option>
      <option value="">{t`none: plain text`}</option>
    </>
  );
}

/** What a text may be written in; for a `<select>`. New texts begin with the first. */
export const MARKUP = "HTML";

export function MarkupOptions() {
  return (
    <>
      <option value={MARKUP}>HTML: &lt;b&gt;bold&lt;/b&gt;</option>
      <option value="MarkdownV2">MarkdownV2: *bold*</option>
      <option value="">none: plain text</option>
    </>
  );
}

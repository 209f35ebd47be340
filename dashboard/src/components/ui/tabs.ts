/** How links look that switch between the parts of one page. */
export const tabsClass = "-mb-1 flex gap-1 overflow-x-auto border-b border-line";

export const tabClass =
  "border-b-2 border-transparent px-3 py-2 text-sm font-medium text-muted capitalize hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";

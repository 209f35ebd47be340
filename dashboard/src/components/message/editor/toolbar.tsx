import { Menu } from "@base-ui/react/menu";
import { Toolbar as Base } from "@base-ui/react/toolbar";
import { t } from "@lingui/core/macro";
import {
  Bold,
  Braces,
  ChevronsDownUp,
  Code,
  EyeOff,
  Italic,
  Link,
  type LucideIcon,
  Quote,
  SquareCode,
  Strikethrough,
  Underline,
} from "lucide-react";
import { toggleMark } from "prosemirror-commands";
import type { Command, EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { ReactElement } from "react";
import { FIELDS, type FieldName } from "../markup/fields";
import { fieldName } from "../personal";
import { hasMark, insertText, isBlock, linkAt, toggleBlock } from "./commands";
import { schema } from "./schema";
import { KEYS } from "./view";

type Tool = {
  name: string;
  icon: LucideIcon;
  key?: string;
  run: Command;
  on: (state: EditorState) => boolean;
};
const { marks, nodes } = schema;

const mark = (
  name: string,
  icon: LucideIcon,
  type: "b" | "i" | "u" | "s" | "spoiler" | "code",
) => ({
  name,
  icon,
  key: KEYS[type],
  run: toggleMark(marks[type]),
  on: (state: EditorState) => hasMark(state, marks[type]),
});

function tools(): Tool[] {
  const [plain, expandable] = [{ expandable: false }, { expandable: true }];
  return [
    mark(t`Bold`, Bold, "b"),
    mark(t`Italic`, Italic, "i"),
    mark(t`Underline`, Underline, "u"),
    mark(t`Strikethrough`, Strikethrough, "s"),
    mark(t`Spoiler`, EyeOff, "spoiler"),
    mark(t({ message: "Code", context: "formatting" }), Code, "code"),
    {
      name: t`Block of code`,
      icon: SquareCode,
      run: toggleBlock(nodes.pre),
      on: (state) => isBlock(state, nodes.pre),
    },
    {
      name: t`Quote`,
      icon: Quote,
      key: KEYS.quote,
      run: toggleBlock(nodes.quote, plain),
      on: (state) => isBlock(state, nodes.quote, plain),
    },
    {
      name: t`Quote that unfolds`,
      icon: ChevronsDownUp,
      run: toggleBlock(nodes.quote, expandable),
      on: (state) => isBlock(state, nodes.quote, expandable),
    },
  ];
}

type Props = { view: EditorView; state: EditorState; onLink: () => void };

export function Toolbar({ view, state, onLink }: Props) {
  const run = (command: Command) => {
    command(view.state, view.dispatch, view);
    view.focus();
  };
  return (
    <Base.Root
      aria-label={t`Formatting`}
      className="flex flex-wrap gap-0.5 border-b border-line p-1"
    >
      {tools().map((tool) => (
        <ToolButton
          key={tool.name}
          name={tool.name}
          shortcut={tool.key}
          icon={tool.icon}
          pressed={tool.on(state)}
          onClick={() => run(tool.run)}
        />
      ))}
      <ToolButton
        name={t`Link`}
        shortcut={KEYS.link}
        icon={Link}
        pressed={linkAt(state) !== null}
        onClick={onLink}
      />
      <FieldMenu editor={view.dom} onChoose={(field) => run(insertText(`{${field}}`))} />
    </Base.Root>
  );
}

const TOOL =
  "inline-flex size-9 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent [&_svg]:size-4";

type ToolProps = {
  name: string;
  shortcut?: string | undefined;
  icon: LucideIcon;
  pressed: boolean;
  onClick: () => void;
};

function ToolButton({ name, shortcut, icon: Icon, pressed, onClick }: ToolProps) {
  return (
    <Base.Button
      aria-label={name}
      aria-pressed={pressed}
      title={shortcut ? `${name} (${shortcut.replace("Mod", "Ctrl").replaceAll("-", "+")})` : name}
      className={TOOL}
      // The words stay selected.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onClick}
    >
      <Icon aria-hidden />
    </Base.Button>
  );
}

type FieldProps = { editor: HTMLElement; onChoose: (field: FieldName) => void };

/** The `{ }` menu: what is filled in for each recipient. */
function FieldMenu({ editor, onChoose }: FieldProps) {
  return (
    <Menu.Root>
      <Base.Button
        render={(<Menu.Trigger />) as ReactElement<Record<string, unknown>>}
        aria-label={t`Personal fields`}
        title={t`Personal fields`}
        className={TOOL}
      >
        <Braces aria-hidden />
      </Base.Button>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="start" className="z-10">
          <Menu.Popup
            finalFocus={() => editor}
            className="min-w-48 rounded-lg border border-line bg-surface p-1 shadow-lg outline-none"
          >
            {FIELDS.map((field) => (
              <Menu.Item
                key={field}
                onClick={() => onChoose(field)}
                className="flex cursor-pointer items-center justify-between gap-4 rounded-md px-3 py-2 text-sm outline-none data-highlighted:bg-raised"
              >
                {fieldName(field)}
                <code className="text-muted">{`{${field}}`}</code>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

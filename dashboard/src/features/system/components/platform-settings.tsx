import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Choice } from "@/components/choose/choices";
import { ChooseOne } from "@/components/choose/choose-one";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { CheckBox } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { say, sayProblem } from "@/components/ui/toast";
import { useMay } from "@/lib/may";
import { useChangeWorkspace, type Workspace, workspaceOptions } from "../api/workspace";

/** What an admin decides for the whole platform; others who see the system read it. */
export function PlatformSettings() {
  const workspace = useQuery(workspaceOptions);
  return (
    <QueryView query={workspace} what={t`settings`} rows={4}>
      {(data) => (
        <div className="flex max-w-2xl flex-col gap-6">
          <PlatformBot workspace={data} />
          <TwoPeople workspace={data} />
        </div>
      )}
    </QueryView>
  );
}

type Props = { workspace: Workspace };
const cardClass = "flex flex-col gap-3 rounded-xl border border-line bg-surface p-5 text-sm";

function PlatformBot({ workspace }: Props) {
  const { platform_bot: bot, linked_chats } = workspace;
  const now: Choice | null = bot && { id: bot.id, name: bot.bot_name };
  const [chosen, setChosen] = useState(now);
  const change = useChangeWorkspace();
  const mayChange = useMay("platform.run");
  const save = () =>
    change.mutate(
      { platform_bot_id: chosen?.id ?? null },
      { onSuccess: () => say(t`The platform's bot is changed`), onError: sayProblem },
    );
  const links = plural(linked_chats, { one: "# linked chat", other: "# linked chats" });
  const button = (
    <Button
      className="self-start"
      disabled={chosen?.id === now?.id}
      busy={change.isPending}
      onClick={linked_chats ? undefined : save}
    >{t`Save`}</Button>
  );
  return (
    <section aria-label={t`The platform's bot`} className={cardClass}>
      <h2 className="text-base font-semibold">{t`The platform's bot`}</h2>
      <p className="text-muted">{t`It writes to people about their accounts: each links a chat with it under Notices in the menu. It has to be an admin's own, for whoever has its token could link chats to other people's accounts.`}</p>
      <p>
        {bot ? `${bot.bot_name}, @${bot.username}` : t`None is chosen.`} {links}
      </p>
      {mayChange && (
        <>
          <ChooseOne label={t`Bot`} kind="bots" any={t`None`} value={chosen} onChange={setChosen} />
          {linked_chats ? (
            <Confirm
              title={t`Change the platform's bot?`}
              action={t`Change the bot`}
              trigger={button}
              onConfirm={save}
            >{t`Everybody has to link their chat anew; until then nothing goes there.`}</Confirm>
          ) : (
            button
          )}
        </>
      )}
    </section>
  );
}

function TwoPeople({ workspace }: Props) {
  const change = useChangeWorkspace();
  const mayChange = useMay("platform.run");
  const isOn = workspace.separate_launcher;
  return (
    <section aria-label={t`Two people for an ad`} className={cardClass}>
      <h2 className="text-base font-semibold">{t`Two people for an ad`}</h2>
      <p className="text-muted">{t`One approves an ad, another one launches it: nobody launches what they have approved, or what nobody has. It holds for schedules and API keys too.`}</p>
      {mayChange ? (
        <CheckBox
          label={t`Require two people`}
          checked={isOn}
          onChange={(separate_launcher) =>
            change.mutate({ separate_launcher }, { onError: sayProblem })
          }
        />
      ) : (
        <p>{isOn ? t`Required` : t`Not required`}</p>
      )}
    </section>
  );
}

import { t } from "@lingui/core/macro";
import { useMay } from "@/lib/may";
import { ChooseOne } from "./choose-one";

type Props = {
  botId: number | undefined;
  botName: (id: number) => string;
  onBot: (id: number | undefined) => void;
};

/** A filter by bot, for those who see bots. */
export function BotFilter({ botId, botName, onBot }: Props) {
  if (!useMay("bots.read")) return null;
  return (
    <ChooseOne
      label={t`Bot`}
      kind="bots"
      any={t`all bots`}
      beside
      value={botId ? { id: botId, name: botName(botId) } : null}
      onChange={(bot) => onBot(bot?.id)}
    />
  );
}

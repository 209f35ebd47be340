import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { FewLogLines } from "@/components/logs/log-lines";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { FilterSelect } from "@/components/ui/field";
import { QueryView } from "@/components/ui/query-view";
import { aroundOptions, type Same, type SystemLine } from "../api/logs";

const FEW = 10;
const MORE = 100;

const NAMES: Record<Same, string> = {
  source: t`the same source`,
  bot: t`the same bot`,
  request: t`the same request`,
  broadcast: t`the same broadcast`,
  all: t`everything`,
};

type Props = {
  id: number;
  botName: (id: number) => string;
  actions: (line: SystemLine) => ReactNode;
  onClose: () => void;
};

/** One line with those before and after it; the newest first, as in the list. */
export function LinesAround({ id, botName, actions, onClose }: Props) {
  const [same, setSame] = useState<Same>("source");
  const [lines, setLines] = useState(FEW);
  const found = useQuery(aroundOptions(id, same, lines));
  const line = found.data?.line;
  return (
    <Card
      title={t`Around one line`}
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <FilterSelect
            label={t`Lines of`}
            value={same}
            options={line ? choices(line) : ["source", "all"]}
            name={(option) => NAMES[option]}
            onChange={(choice) => choice && setSame(choice)}
          />
          {lines === FEW && <Button onClick={() => setLines(MORE)}>{t`More lines`}</Button>}
          <Button look="quiet" icon={<X />} onClick={onClose}>{t`Close`}</Button>
        </div>
      }
      flush
    >
      <QueryView query={found} what={t`log`}>
        {(data) => (
          <FewLogLines
            lines={[...data.before, data.line, ...data.after].toReversed()}
            marked={id}
            botName={botName}
            actions={actions}
          />
        )}
      </QueryView>
    </Card>
  );
}

function choices({ bot_id, broadcast_id, context }: SystemLine): Same[] {
  return [
    "source",
    ...(bot_id == null ? [] : (["bot"] as const)),
    ...(context.request_id ? (["request"] as const) : []),
    ...(broadcast_id == null ? [] : (["broadcast"] as const)),
    "all",
  ];
}

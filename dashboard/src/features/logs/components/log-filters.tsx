import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { BotFilter } from "@/components/choose/bot-filter";
import { LevelSelect } from "@/components/logs/log-viewer";
import { RangePicker } from "@/components/range-picker";
import { Button } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/field";
import { SearchBox } from "@/components/ui/search-box";
import { LOG_SOURCES, type LogFilter } from "../api/logs";

type Props = {
  filter: LogFilter;
  onFilter: (change: Partial<LogFilter>) => void;
  botName: (id: number) => string;
};

export function LogFilters({ filter, onFilter, botName }: Props) {
  const { level, source, bot_id, broadcast_id, request_id, q } = filter;
  return (
    <div className="flex flex-wrap items-center gap-3">
      <RangePicker range={filter} onRange={onFilter} />
      <SearchBox
        label={t`Search the log`}
        value={q ?? ""}
        onChange={(text) => onFilter({ q: text || undefined })}
      />
      <LevelSelect level={level} onLevel={(choice) => onFilter({ level: choice })} />
      <FilterSelect
        label={t`Source`}
        value={source ?? ""}
        any={t`all`}
        options={source && !isKnown(source) ? [...LOG_SOURCES, source] : LOG_SOURCES}
        onChange={(choice) => onFilter({ source: choice || undefined })}
      />
      <BotFilter botId={bot_id} botName={botName} onBot={(bot_id) => onFilter({ bot_id })} />
      <SearchBox
        label={t`Request id`}
        value={request_id ?? ""}
        onChange={(text) => onFilter({ request_id: text.trim() || undefined })}
      />
      {broadcast_id !== undefined && (
        <Button icon={<X />} onClick={() => onFilter({ broadcast_id: undefined })}>
          {t`Only broadcast ${broadcast_id}`}
          <span className="sr-only">{t`, show all`}</span>
        </Button>
      )}
    </div>
  );
}

function isKnown(source: string): boolean {
  return LOG_SOURCES.some((known) => known === source);
}

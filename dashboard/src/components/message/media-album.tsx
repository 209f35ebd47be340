import { FileText, Film, Image } from "lucide-react";
import { useState } from "react";
import { fileName, kindByEnding, type MediaKind, uploadOf } from "./media";

/** Media above a text: one as large as it gets, several as tiles in their order. */
export function MediaAlbum({ sources }: { sources: string[] }) {
  if (sources.length === 0) return null;
  return (
    <div className={`message-album ${sources.length > 1 ? "grid-cols-2" : ""}`}>
      {sources.map((source, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same picture may come twice
        <Medium key={`${source} ${index}`} source={source} />
      ))}
    </div>
  );
}

const ICONS = { picture: Image, video: Film, file: FileText };

/** An upload as it looks; what lies elsewhere is only named: this page asks no strangers. */
export function Medium({ source }: { source: string }) {
  const upload = uploadOf(source);
  const [kind, setKind] = useState<MediaKind>(upload ? "picture" : kindByEnding(source));
  if (upload && kind === "picture")
    return <img src={upload} alt="" className="message-medium" onError={() => setKind("video")} />;
  if (upload && kind === "video")
    return (
      <video
        src={upload}
        className="message-medium"
        preload="metadata"
        muted
        onError={() => setKind("file")}
      />
    );
  const Icon = ICONS[kind];
  return (
    <span className="message-file">
      <Icon aria-hidden className="size-5 shrink-0" />
      <span className="min-w-0 truncate">{fileName(source)}</span>
    </span>
  );
}

/** The files that came with a line: images in boxes of one size, anything else as a row, a refused one with the reason. */

import { useSignal } from "@preact/signals";
import { File as FileIcon, FileX, Image } from "lucide";
import { plain } from "../../../../bots/web/widget/bidi.ts";
import { nameParts } from "../../../../bots/web/widget/file.ts";
import { sizeOf } from "../format.ts";
import type { Attachment } from "../protocol.ts";
import { refusalOf } from "../words.ts";
import { Icon } from "./icon.tsx";
import { Outward } from "./rich.tsx";

export function Attachments({ files }: { files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <ul class="files" aria-label="Files">
      {files.map((file, place) => (
        <li key={place}>{file.image ? <Picture file={file} /> : <FileRow file={file} />}</li>
      ))}
    </ul>
  );
}

/** Its box has its size before the picture comes; a picture that does not come is a row like any file. */
function Picture({ file }: { file: Attachment }) {
  const broken = useSignal(false);
  if (broken.value) return <FileRow file={file} />;
  return (
    <span class="picture" title={`${plain(file.name)} · ${sizeOf(file.size)}`}>
      <Outward url={file.url}>
        <Icon of={Image} size={20} />
        <img src={file.url} alt={plain(file.name)} decoding="async" onError={() => (broken.value = true)} />
      </Outward>
    </span>
  );
}

export function FileRow({ file }: { file: Attachment }) {
  const { refused } = file;
  const [stem, end] = nameParts(file.name);
  const facts = (
    <>
      <Icon of={refused ? FileX : FileIcon} size={20} />
      <span class="file-words">
        <bdi class="file-name" aria-hidden="true">
          <span>{stem}</span>
          {end}
        </bdi>
        <span class="hidden">{plain(file.name)}</span>
        <span class="muted">{refused ? refusalOf(refused) : sizeOf(file.size)}</span>
      </span>
    </>
  );
  return (
    <span class="file" data-refused={refused} title={plain(file.name)}>
      {file.url ? <Outward url={file.url}>{facts}</Outward> : <span>{facts}</span>}
    </span>
  );
}

/** The ways in which a reader hands over files: dropping them on the chat, and pasting. */

import { FileUp } from "lucide";
import { h, icon, toggle } from "../view/dom.ts";

/** While files are dragged, browsers say so at least every 350 ms; there is no sure sign that they left. */
const LEFT_MS = 600;

/** Take files dropped on the chat. Where to is shown as soon as they are over the page. */
export function takeDropped(
  panel: HTMLElement,
  words: string,
  wanted: () => boolean,
  take: (files: File[]) => void,
): void {
  const target = h("div", { class: "drop", "aria-hidden": "true", hidden: true }, icon(FileUp, 24), words);
  panel.append(target);
  let left: ReturnType<typeof setTimeout> | undefined;
  const hide = () => toggle(target, "hidden", true);
  const dragged = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files") || !wanted()) return;
    clearTimeout(left);
    left = setTimeout(hide, LEFT_MS);
    const over = event.composedPath().includes(panel);
    toggle(target, "hidden", false);
    toggle(target, "data-over", over);
    // What is dropped beside the chat is the page's own matter.
    if (!over) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  };
  addEventListener("dragenter", dragged, true);
  addEventListener("dragover", dragged, true);
  addEventListener("drop", hide, true);
  panel.addEventListener("drop", (event) => {
    const dropped = [...(event.dataTransfer?.items ?? [])].filter((one) => one.kind === "file");
    if (!dropped.length || !wanted()) return;
    event.preventDefault();
    event.stopPropagation();
    const files = dropped.filter((one) => one.webkitGetAsEntry()?.isDirectory !== true).map((one) => one.getAsFile());
    take(files.filter((one) => one !== null));
  });
}

/** Take pasted files. Text of an office program carries a picture of itself: there the text is meant. */
export function takePasted(field: HTMLElement, wanted: () => boolean, take: (files: File[]) => void): void {
  field.addEventListener("paste", (event) => {
    const board = event.clipboardData;
    if (!board?.files.length || !wanted()) return;
    if (board.types.includes("text/plain") && board.types.includes("text/html")) return;
    event.preventDefault();
    take([...board.files]);
  });
}

/** Sends chosen files, a request each, and tells how far they have come. */

import type { Stored, Upload, UploadEvent } from "./uploads.ts";

/** So long without any progress means that the line is dead; the server's scanner may think for half a minute. */
const PATIENCE_MS = 60_000;

export class Sender {
  private readonly url: string;
  private readonly tell: (event: UploadEvent) => void;
  private readonly files = new Map<string, File>();
  private readonly running = new Map<string, XMLHttpRequest>();

  constructor(server: string, tell: (event: UploadEvent) => void) {
    this.url = `${server}/chat/attachments`;
    this.tell = tell;
  }

  hold(key: string, file: File): void {
    this.files.set(key, file);
  }

  /** End what is wanted no more, and start what waits if there is a visitor's token to start it with. */
  follow(uploads: readonly Upload[], token: string | null): void {
    const wanted = new Map(uploads.map((one) => [one.key, one]));
    for (const [key, request] of this.running) {
      if (wanted.get(key)?.progress === "sending") continue;
      this.running.delete(key);
      request.abort();
    }
    for (const key of this.files.keys()) if (!wanted.has(key)) this.files.delete(key);
    for (const { key, progress } of uploads) {
      const file = this.files.get(key);
      if (token && file && progress === "waiting" && !this.running.has(key)) this.start(key, file, token);
    }
  }

  private start(key: string, file: File, token: string): void {
    const request = new XMLHttpRequest();
    this.running.set(key, request);
    const ends = (event: UploadEvent) => {
      clearTimeout(silence);
      if (this.running.get(key) !== request) return;
      this.running.delete(key);
      this.tell(event);
    };
    const lost = () => ends({ type: "failed", key, problem: "lost", retryAfter: null });
    const stalled = () => (lost(), request.abort());
    let silence = setTimeout(stalled, PATIENCE_MS);
    // Listened to on `upload`: how much has left, not how much has come back.
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      clearTimeout(silence);
      silence = setTimeout(stalled, PATIENCE_MS);
      if (this.running.get(key) === request) this.tell({ type: "moved", key, share: total && loaded / total });
    });
    request.addEventListener("load", () => ends(answer(key, request)));
    request.addEventListener("error", lost);
    request.addEventListener("abort", () => clearTimeout(silence));
    request.open("POST", this.url);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.responseType = "json";
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
    this.tell({ type: "started", key });
  }
}

function answer(key: string, { status, response }: XMLHttpRequest): UploadEvent {
  const said = (response ?? {}) as Readonly<Record<string, unknown>>;
  const { id, name, media_type: type, size, code, retry_after: retryAfter } = said;
  if (status === 201 && typeof id === "string" && id) {
    const stored: Stored = { id, name: String(name), type: String(type), size: Number(size) || 0 };
    return { type: "ended", key, stored };
  }
  return {
    type: "failed",
    key,
    problem: typeof code === "string" ? code : "unavailable",
    retryAfter: typeof retryAfter === "number" ? retryAfter : null,
  };
}

/** The frames of `/chat`, and the border where the server's are read. */

export type Speaker = "user" | "bot" | "agent" | "system";
export type Status = "bot" | "queued" | "human" | "resolved";

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface Article {
  readonly slug: string;
  readonly version: string;
  readonly url: string;
  /** A date, YYYY-MM-DD. */
  readonly reviewed: string | null;
}

/** A file that came with a line. An image can be shown; a refused one was not kept, and has no address. */
export interface Attachment {
  readonly name: string;
  readonly size: number;
  readonly image: boolean;
  readonly url: string | null;
  readonly refused: string | null;
}

/** A file that the server has and that goes with the reader's next message, by its id. */
export interface Uploaded extends Attachment {
  readonly id: string;
}

/** What the server takes. */
export interface Limits {
  readonly bytes: number;
  readonly types: readonly string[];
  readonly perMessage: number;
}

/** One line of the conversation. `id` is the server's and rises; 0 is the welcome, which is not in history. */
export interface Message {
  readonly id: number;
  readonly clientId: string | null;
  readonly from: Speaker;
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly article: Article | null;
  readonly attachments: readonly Attachment[];
  readonly agent: string | null;
  readonly at: string;
}

/** Who answers now. `position` counts from 1, `wait` is in seconds. */
export interface Standing {
  readonly status: Status;
  readonly position: number | null;
  readonly wait: number | null;
  readonly agent: string | null;
  readonly onDuty: boolean;
}

export type ServerFrame =
  | {
      readonly type: "ready";
      readonly token: string;
      readonly conversation: string;
      readonly messages: readonly Message[];
      /** Null when this server takes no files. */
      readonly upload: Limits | null;
    }
  | { readonly type: "ack"; readonly id: string }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "typing"; readonly from: Speaker }
  | { readonly type: "status"; readonly standing: Standing }
  | { readonly type: "error"; readonly problem: Problem };

/** What the server refused; `retryAfter` is in seconds, `id` names the client's frame it is about. */
export interface Problem {
  readonly code: string;
  readonly id: string | null;
  readonly retryAfter: number | null;
}

export type ClientFrame =
  | {
      readonly type: "hello";
      readonly token?: string;
      readonly language: string;
      readonly identity?: string;
      readonly after?: number;
    }
  | {
      readonly type: "message";
      readonly id: string;
      readonly text: string;
      readonly attachments?: readonly string[];
    }
  | { readonly type: "choose"; readonly id: string; readonly choice: string }
  | { readonly type: "human"; readonly id: string }
  | { readonly type: "leave"; readonly id: string }
  | { readonly type: "rate"; readonly id: string; readonly score: number; readonly comment?: string }
  | { readonly type: "typing" }
  | { readonly type: "read"; readonly upto: number };

/** Read one frame of the server; null for what a later version may send and this one does not know. */
export function readFrame(text: string): ServerFrame | null {
  const frame = parsed(text);
  if (!frame) return null;
  switch (frame.type) {
    case "ready":
      return {
        type: "ready",
        token: string(frame.token) ?? "",
        conversation: string(frame.conversation) ?? "",
        messages: list(frame.messages, message),
        upload: limits(fields(frame.upload)),
      };
    case "ack": {
      const id = string(frame.id);
      return id === null ? null : { type: "ack", id };
    }
    case "message": {
      const one = message(frame);
      return one && { type: "message", message: one };
    }
    case "typing":
      return { type: "typing", from: speaker(frame.from) ?? "bot" };
    case "status": {
      const status = STATUSES.find((known) => known === frame.status);
      return status ? { type: "status", standing: standing(status, frame) } : null;
    }
    case "error":
      return {
        type: "error",
        problem: {
          code: string(frame.code) ?? "unavailable",
          id: string(frame.id),
          retryAfter: number(frame.retry_after),
        },
      };
    default:
      return null;
  }
}

const SPEAKERS: readonly Speaker[] = ["user", "bot", "agent", "system"];
const STATUSES: readonly Status[] = ["bot", "queued", "human", "resolved"];

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields | null {
  try {
    return fields(JSON.parse(text));
  } catch {
    return null;
  }
}

function message(raw: unknown): Message | null {
  const frame = fields(raw);
  const id = number(frame?.id);
  const from = speaker(frame?.from);
  if (!frame || id === null || from === null) return null;
  return {
    id,
    clientId: string(frame.client_id),
    from,
    text: string(frame.text) ?? "",
    choices: list(frame.choices, choice),
    article: article(frame.article),
    attachments: list(frame.attachments, attachment),
    agent: name(frame.agent),
    at: string(frame.at) ?? "",
  };
}

function choice(raw: unknown): Choice | null {
  const frame = fields(raw);
  const id = string(frame?.id);
  const label = string(frame?.label);
  return id === null || label === null ? null : { id, label };
}

function article(raw: unknown): Article | null {
  const frame = fields(raw);
  const url = string(frame?.url);
  if (!frame || url === null) return null;
  const version = frame.version;
  return {
    slug: string(frame.slug) ?? "",
    version: typeof version === "number" || typeof version === "string" ? String(version) : "",
    url,
    reviewed: string(frame.reviewed),
  };
}

function attachment(raw: unknown): Attachment | null {
  const frame = fields(raw);
  if (!frame) return null;
  return {
    name: string(frame.name) ?? "",
    size: number(frame.size) ?? 0,
    image: frame.image === true,
    url: string(frame.url) || null,
    refused: string(frame.refused) || null,
  };
}

function limits(frame: Fields | null): Limits | null {
  const bytes = number(frame?.max_bytes);
  const perMessage = number(frame?.per_message);
  return bytes && perMessage ? { bytes, perMessage, types: list(frame?.types, string) } : null;
}

function standing(status: Status, frame: Fields): Standing {
  return {
    status,
    position: number(frame.position),
    wait: number(frame.wait_s),
    agent: name(frame.agent),
    onDuty: frame.on_duty !== false,
  };
}

/** An agent is sent as a name, or as an object with one. */
function name(raw: unknown): string | null {
  return string(raw) ?? string(fields(raw)?.name);
}

/** The items of a list that can be read. */
function list<Item>(raw: unknown, read: (item: unknown) => Item | null): Item[] {
  return Array.isArray(raw) ? raw.map(read).filter((one) => one !== null) : [];
}

function fields(raw: unknown): Fields | null {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Fields) : null;
}

function string(raw: unknown): string | null {
  return typeof raw === "string" ? raw : null;
}

function number(raw: unknown): number | null {
  return typeof raw === "number" && Number.isFinite(raw) ? raw : null;
}

function speaker(raw: unknown): Speaker | null {
  return SPEAKERS.find((known) => known === raw) ?? null;
}

/** The files chosen for the next message, and how each thing that happens changes them. Pure. */

import type { Limits } from "../protocol.ts";

/** `waiting` for a connection, `sending`, `done` once the server has it. */
export type Progress = "waiting" | "sending" | "done" | "failed";

export interface Chosen {
  /** Made here, once for each choice. */
  readonly key: string;
  readonly name: string;
  /** What the reader's system calls it; often nothing. */
  readonly type: string;
  readonly size: number;
}

/** A file as the server has it. Its id names it in the message. */
export interface Stored {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export interface Upload extends Chosen {
  readonly progress: Progress;
  /** How much of it is sent, from 0 to 1. */
  readonly share: number;
  readonly id: string | null;
  /** Why it failed: the server's code, or `lost` when there was no answer. */
  readonly problem: string | null;
  /** In seconds. */
  readonly retryAfter: number | null;
}

export interface Uploads {
  readonly all: readonly Upload[];
  /** How many files of the last choice were too many for one message. */
  readonly surplus: number;
  /** The reader has pressed "send": the message goes by itself once all files are there. */
  readonly armed: boolean;
  /** Whose the ids are. */
  readonly conversation: string;
}

export type UploadEvent =
  | { readonly type: "chosen"; readonly files: readonly Chosen[]; readonly limits: Limits }
  | { readonly type: "started" | "removed" | "again"; readonly key: string }
  | { readonly type: "moved"; readonly key: string; readonly share: number }
  | { readonly type: "ended"; readonly key: string; readonly stored: Stored }
  | { readonly type: "failed"; readonly key: string; readonly problem: string; readonly retryAfter: number | null }
  | { readonly type: "connected"; readonly conversation: string }
  | { readonly type: "armed" | "edited" | "taken" };

export const NONE: Uploads = { all: [], surplus: 0, armed: false, conversation: "" };

/** What stands against sending now. */
export function standing(uploads: Uploads): "ready" | "running" | "failed" {
  if (uploads.all.some((one) => one.progress === "failed")) return "failed";
  return uploads.all.every((one) => one.progress === "done") ? "ready" : "running";
}

/** Whether another try can end better: the same bytes are judged the same way. */
export function canTryAgain({ progress, problem }: Upload): boolean {
  return progress === "failed" && !["too_large", "type_refused", "infected"].includes(problem ?? "");
}

export function reduce(uploads: Uploads, event: UploadEvent): Uploads {
  switch (event.type) {
    case "chosen": {
      const room = Math.max(0, event.limits.perMessage - uploads.all.length);
      const added = event.files.slice(0, room).map((file) => begin(file, event.limits));
      return { ...uploads, all: [...uploads.all, ...added], surplus: event.files.length - added.length, armed: false };
    }
    case "started":
      return change(uploads, event.key, (one) => ({ ...waiting(one), progress: "sending" }));
    case "moved":
      return change(uploads, event.key, (one) => ({ ...one, share: event.share }));
    case "ended":
      return change(uploads, event.key, (one) => ({ ...one, ...event.stored, progress: "done", share: 1 }));
    case "failed": {
      const { key, problem, retryAfter } = event;
      return { ...change(uploads, key, (one) => ({ ...one, progress: "failed", problem, retryAfter })), armed: false };
    }
    case "removed":
      return { ...uploads, all: uploads.all.filter((one) => one.key !== event.key), surplus: 0 };
    case "again":
      return change(uploads, event.key, waiting);
    case "connected":
      return connected(uploads, event.conversation);
    case "armed":
      return { ...uploads, armed: true };
    case "edited":
      return uploads.armed ? { ...uploads, armed: false } : uploads;
    case "taken":
      return { ...NONE, conversation: uploads.conversation };
  }
}

/** What was lost with the connection goes again. In a new conversation the ids of the old one mean nothing. */
function connected(uploads: Uploads, conversation: string): Uploads {
  const other = uploads.conversation !== "" && uploads.conversation !== conversation;
  const all = uploads.all.map((one) =>
    one.problem === "lost" || (other && one.progress !== "failed") ? waiting(one) : one,
  );
  return { ...uploads, all, conversation };
}

function begin(file: Chosen, limits: Limits): Upload {
  const problem = problemOf(file, limits);
  return { ...waiting(file), progress: problem ? "failed" : "waiting", problem };
}

function waiting({ key, name, type, size }: Chosen): Upload {
  return { key, name, type, size, progress: "waiting", share: 0, id: null, problem: null, retryAfter: null };
}

/** The server judges by the bytes: only what is surely refused is not sent. Systems know few kinds of text by name. */
function problemOf({ name, type, size }: Chosen, { bytes, types }: Limits): string | null {
  if (size > bytes) return "too_large";
  const text = type.startsWith("text/") || /\.(txt|csv|log)$/i.test(name);
  return !type || types.includes(type) || (text && types.includes("text/plain")) ? null : "type_refused";
}

function change(uploads: Uploads, key: string, how: (one: Upload) => Upload): Uploads {
  return { ...uploads, all: uploads.all.map((one) => (one.key === key ? how(one) : one)) };
}

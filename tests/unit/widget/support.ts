/** Values that the widget's tests are written with. */

import type { Message } from "../../../bots/web/widget/protocol.ts";
import { begin, type Happening, reduce, type State } from "../../../bots/web/widget/state.ts";

export const AT = "2026-11-22T10:00:00Z";

export function message(id: number, from: Message["from"], text = "", more: Partial<Message> = {}): Message {
  return { id, from, text, clientId: null, choices: [], article: null, attachments: [], agent: null, at: AT, ...more };
}

export function fresh(): State {
  return begin({ conversation: "", read: 0, rated: 0, safetyLine: true, outbox: [] }, true);
}

export function after(...events: Happening[]): State {
  return from(fresh(), ...events);
}

export function from(state: State, ...events: Happening[]): State {
  return events.reduce(reduce, state);
}

export function ready(messages: Message[] = [], conversation = "web:1"): Happening {
  return { type: "heard", frame: { type: "ready", token: "t", conversation, messages, upload: null } };
}

export function heard(one: Message): Happening {
  return { type: "heard", frame: { type: "message", message: one } };
}

export function said(id: string, text: string): Happening {
  return { type: "wished", wish: { kind: "message", id, text }, at: AT };
}

export function ack(id: string): Happening {
  return { type: "heard", frame: { type: "ack", id } };
}

export function status(now: State["standing"]["status"], more: Partial<State["standing"]> = {}): Happening {
  const standing = { status: now, position: null, wait: null, agent: null, onDuty: true, ...more };
  return { type: "heard", frame: { type: "status", standing } };
}

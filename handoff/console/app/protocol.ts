/** What the console's server says and hears, as values. */

export type Role = "agent" | "admin";
export type Presence = "online" | "away" | "offline";
export type TicketStatus = "waiting" | "held" | "solved";
export type Speaker = "customer" | "bot" | "agent" | "system";

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly role: Role;
  readonly languages: readonly string[];
  readonly capacity: number;
  readonly active: boolean;
  readonly totp_enrolled: boolean;
  readonly state: Presence;
  readonly held: number;
}

/** An agent as colleagues see him. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly state: Presence;
  readonly held: number;
  readonly capacity: number;
}

export interface AgentRef {
  readonly id: string;
  readonly name: string;
}

export interface Session {
  readonly agent: Agent;
  readonly csrf: string;
  readonly totp_enrolled: boolean;
  readonly must_enroll_totp: boolean;
}

export interface TicketRow {
  readonly number: number;
  readonly status: TicketStatus;
  readonly queue: string;
  readonly language: string;
  readonly channel: string;
  readonly subject: string;
  readonly reason: string;
  readonly intent: string | null;
  readonly urgent: boolean;
  readonly customer_name: string | null;
  readonly waiting_since: string;
  readonly taken_at: string | null;
  readonly ended_at: string | null;
  readonly ending: string | null;
  readonly rating?: number | null;
  readonly agent: AgentRef | null;
  readonly last: { readonly from: Speaker; readonly text: string; readonly at: string } | null;
  readonly rank: number;
  readonly why: readonly string[];
}

export interface Ranked {
  readonly intent: string;
  readonly confidence: number;
}

export interface Entity {
  readonly entity: string;
  readonly value: string;
}

export interface Understood {
  readonly language: string;
  readonly certainty: string;
  readonly ranking: readonly Ranked[];
  readonly entities: readonly Entity[];
}

/** A file that came with a line. One that was not kept has a reason and no address. */
export interface Attachment {
  readonly name: string;
  readonly media_type: string;
  readonly size: number;
  /** Works for a while. */
  readonly url: string;
  readonly image: boolean;
  readonly refused?: string;
}

export interface Line {
  readonly id: number;
  readonly from: Speaker;
  readonly text: string;
  readonly at: string;
  readonly private: boolean;
  readonly choices: readonly { readonly id: string; readonly label: string }[];
  readonly article: { readonly slug: string; readonly version: number; readonly url: string } | null;
  readonly attachments: readonly Attachment[];
  readonly agent: AgentRef | null;
  readonly understood: Understood | null;
  readonly edited: boolean;
}

export interface Detail {
  readonly name: string;
  readonly value: string;
}

export interface Standing {
  readonly status: string;
  readonly position?: number | null;
  readonly wait_s?: number | null;
  readonly on_duty?: boolean;
}

/** Everything about one ticket. */
export interface TicketFile {
  readonly ticket: TicketRow;
  readonly details: readonly Detail[];
  readonly lines: readonly Line[];
  readonly standing: Standing;
  readonly earlier: readonly TicketRow[];
}

export interface TotpSetup {
  readonly secret: string;
  readonly uri: string;
  readonly qr_svg: string;
}

export interface NewAgent {
  readonly name: string;
  readonly display_name: string;
  readonly role: Role;
  readonly languages: readonly string[];
  readonly capacity: number;
  readonly password: string;
}

export interface AgentChange {
  readonly display_name?: string;
  readonly role?: Role;
  readonly languages?: readonly string[];
  readonly capacity?: number;
  readonly active?: boolean;
  readonly password?: string;
  readonly reset_totp?: true;
}

export type ServerFrame =
  | {
      readonly type: "snapshot";
      readonly waiting: readonly TicketRow[];
      readonly mine: readonly TicketRow[];
      readonly agents: readonly Colleague[];
      readonly at: string;
    }
  | { readonly type: "ticket"; readonly ticket: TicketRow }
  | { readonly type: "gone"; readonly number: number }
  | { readonly type: "agents"; readonly agents: readonly Colleague[] }
  | { readonly type: "line"; readonly number: number; readonly line: Line }
  | {
      readonly type: "understood";
      readonly number: number;
      readonly line_id: number;
      readonly understood: Understood | null;
    }
  | { readonly type: "typing"; readonly number: number }
  | { readonly type: "error"; readonly code: string; readonly detail: string }
  | { readonly type: "signed_out" };

export type ClientFrame =
  | { readonly type: "watch"; readonly number: number }
  | { readonly type: "unwatch"; readonly number: number }
  | { readonly type: "alive" };

const KINDS: ReadonlySet<string> = new Set<ServerFrame["type"]>([
  "snapshot",
  "ticket",
  "gone",
  "agents",
  "line",
  "understood",
  "typing",
  "error",
  "signed_out",
]);

/** The frame in a text; null for one that this page does not know, as a newer server may send. */
export function readFrame(text: string): ServerFrame | null {
  try {
    const frame = JSON.parse(text) as ServerFrame;
    return KINDS.has(frame?.type) ? frame : null;
  } catch {
    return null;
  }
}

/** Joins state, connection and memory: everything that happens passes through here, once and in order. */

import type { Language } from "./language.ts";
import { Memory } from "./keep.ts";
import { frameOf, TRIES, type Wish } from "./outbox.ts";
import type { ServerFrame } from "./protocol.ts";
import { Connection } from "./socket.ts";
import { begin, type Happening, newest, reduce, type State } from "./state.ts";
import { Store } from "./store.ts";

export interface Settings {
  /** Where the server is, such as `https://support.example`. */
  readonly server: string;
  readonly language: Language;
  /** A signed statement of who the reader is, passed on as it is. */
  readonly identity: string;
}

const ACK_MS = 10_000;
const TYPING_SHOWN_MS = 6_000;
const TYPING_EVERY_MS = 3_000;
const NOTICE_MS = 8_000;
const SILENCE_MS = 60_000;

/** A wish before it has its id. */
type Unnamed<W> = W extends Wish ? Omit<W, "id"> : never;

export class App {
  readonly memory: Memory;
  readonly store: Store<State, Happening>;
  private readonly settings: Settings;
  private readonly connection: Connection;
  private readonly ends = new Map<string, ReturnType<typeof setTimeout>>();
  private saidTyping = -Infinity;
  private told = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.memory = new Memory(settings.server);
    this.store = new Store(begin(this.memory.recall(), navigator.onLine), reduce);
    this.connection = new Connection(`${settings.server.replace(/^http/, "ws")}/chat`, {
      hello: () => this.hello(),
      heard: (frame) => this.heard(frame),
      changed: (link) => this.happen({ type: "linked", link: link.at }),
    });
    // A visitor who never opened the chat costs the server nothing.
    if (this.memory.token) this.connection.tell({ type: "wanted" });
  }

  /** Take in something that happened, and do what follows from it. */
  happen(event: Happening): void {
    const before = this.store.now;
    this.store.tell(event);
    const now = this.store.now;
    this.memory.keep(now, before);
    if (now.open) this.connection.tell({ type: "wanted" });
    if (now.online && !before.online) this.connection.doubt(0);
    if (now.visible && !before.visible) this.connection.doubt(SILENCE_MS);
    this.flush();
    this.tellRead();
  }

  /** Take in what the reader wants. It is kept until the server has it. */
  wish(wish: Unnamed<Wish>): void {
    const named = { ...wish, id: unique() } as Wish;
    this.happen({ type: "wished", wish: named, at: new Date().toISOString() });
  }

  /** The reader is writing. */
  typed(): void {
    const now = performance.now();
    if (now - this.saidTyping < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: "typing" })) this.saidTyping = now;
  }

  private hello() {
    const { token } = this.memory;
    const { identity, language } = this.settings;
    // Line numbers are a conversation's own: without its token they mean nothing.
    const after = token ? newest(this.store.now) : 0;
    return {
      type: "hello" as const,
      language,
      ...(token ? { token } : {}),
      ...(identity ? { identity } : {}),
      ...(after ? { after } : {}),
    };
  }

  private heard(frame: ServerFrame): void {
    if (frame.type === "ready") {
      this.memory.token = frame.token;
      this.told = 0;
    }
    if (frame.type === "ack") this.stop(`ack ${frame.id}`);
    this.happen({ type: "heard", frame });
    if (frame.type === "typing") this.after("typing", TYPING_SHOWN_MS, { type: "typing_ended" });
    if (frame.type === "error") this.failed(frame.problem.code, frame.problem.id);
  }

  private failed(code: string, id: string | null): void {
    if (id !== null) this.stop(`ack ${id}`);
    if (this.store.now.notice) this.after("notice", NOTICE_MS, { type: "notice_read" });
    if (code === "bad_origin") this.connection.tell({ type: "refused" });
    if (code === "too_many_connections") this.connection.tell({ type: "crowded" });
    if (code === "bad_token") {
      this.memory.token = "";
      this.connection.tell({ type: "closed", chance: 0 });
    }
  }

  /** Send what waits, in order, as long as the connection takes it. */
  private flush(): void {
    const next = this.store.now.outbox.find((one) => one.progress === "waiting");
    if (!next || !this.connection.send(frameOf(next.wish))) return;
    const { id } = next.wish;
    this.stop(`ack ${id}`);
    this.ends.set(
      `ack ${id}`,
      setTimeout(() => this.unanswered(id), ACK_MS),
    );
    this.happen({ type: "sent", id });
  }

  /** No ack came: the socket may be dead without knowing, so what waits goes over a new one. */
  private unanswered(id: string): void {
    const late = this.store.now.outbox.find((one) => one.wish.id === id && one.progress === "sending");
    if (!late) return;
    if (late.tries < TRIES) this.connection.doubt(ACK_MS);
    this.happen({ type: "overdue", id });
  }

  private tellRead(): void {
    const { read } = this.store.now;
    if (read > this.told && this.connection.send({ type: "read", upto: read })) this.told = read;
  }

  private after(name: string, ms: number, event: Happening): void {
    this.stop(name);
    this.ends.set(
      name,
      setTimeout(() => this.happen(event), ms),
    );
  }

  private stop(name: string): void {
    clearTimeout(this.ends.get(name));
    this.ends.delete(name);
  }
}

/** `crypto.randomUUID` exists on secure origins alone; as many random bits serve as well. */
function unique(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

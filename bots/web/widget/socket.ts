/** Runs the connection's state machine on a real WebSocket and a real timer. */

import { type Link, type LinkAct, type LinkEvent, step } from "./connection.ts";
import { type ClientFrame, type ServerFrame, readFrame } from "./protocol.ts";

export interface Ears {
  /** What to say first on every new socket. */
  hello(): ClientFrame;
  heard(frame: ServerFrame): void;
  changed(link: Link): void;
}

/** One chat server, reached over as many sockets as it takes. */
export class Connection {
  private link: Link = { at: "idle" };
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastHeard = 0;
  private readonly url: string;
  private readonly ears: Ears;

  constructor(url: string, ears: Ears) {
    this.url = url;
    this.ears = ears;
  }

  /** Tell the machine that something happened. */
  tell(event: LinkEvent): void {
    const [link, acts] = step(this.link, event);
    const moved = link !== this.link;
    this.link = link;
    for (const act of acts) this.act(act);
    if (moved) this.ears.changed(link);
  }

  /** Send a frame now. False when there is no greeted socket to send it on. */
  send(frame: ClientFrame): boolean {
    if (this.link.at !== "ready" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Replace the socket if nothing was heard on it for so many milliseconds: it may be dead without knowing. */
  doubt(ms: number): void {
    this.tell({ type: "nudged" });
    if (performance.now() - this.lastHeard >= ms) this.tell({ type: "silent" });
  }

  private act(act: LinkAct): void {
    switch (act.do) {
      case "open":
        return this.open();
      case "greet":
        return this.socket?.send(JSON.stringify(this.ears.hello()));
      case "close":
        return this.drop();
      case "rest":
        return clearTimeout(this.timer);
      case "wait":
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.tell({ type: "elapsed", chance: Math.random() }), act.ms);
    }
  }

  private open(): void {
    this.drop();
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.url);
    } catch {
      // The page's own policy forbids the address.
      queueMicrotask(() => this.tell({ type: "refused" }));
      return;
    }
    this.socket = socket;
    const current = (act: () => void) => () => {
      if (this.socket === socket) act();
    };
    socket.addEventListener("open", current(() => this.tell({ type: "opened" })));
    socket.addEventListener("close", current(() => this.tell({ type: "closed", chance: Math.random() })));
    socket.addEventListener("message", (event) => {
      if (this.socket === socket && typeof event.data === "string") this.hear(event.data);
    });
  }

  private hear(text: string): void {
    this.lastHeard = performance.now();
    const frame = readFrame(text);
    if (!frame) return;
    // What came while away must stand in the state before anything waiting is sent.
    this.ears.heard(frame);
    if (frame.type === "ready") this.tell({ type: "ready" });
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

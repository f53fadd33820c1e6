/** Holds the live feed open: comes back by itself, and tells the server that the page is there. */

import { type ClientFrame, readFrame, type ServerFrame } from "./protocol.ts";

const ALIVE_MS = 20_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A timer this late means that the machine slept, and the socket may be dead without knowing. */
const SLEPT_MS = 3 * ALIVE_MS;

export interface Ears {
  heard(frame: ServerFrame): void;
  /** The feed is away; a new try follows by itself. */
  lost(): void;
}

/** One feed over as many sockets as it takes. */
export class Live {
  private socket: WebSocket | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;
  private failures = 0;
  private lastPulse = 0;
  private readonly ears: Ears;
  private readonly nudge = () => this.open();

  constructor(ears: Ears) {
    this.ears = ears;
  }

  start(): void {
    addEventListener("online", this.nudge);
    addEventListener("offline", this.ears.lost);
    this.pulse = setInterval(() => this.beat(), ALIVE_MS);
    this.lastPulse = Date.now();
    this.open();
  }

  stop(): void {
    removeEventListener("online", this.nudge);
    removeEventListener("offline", this.ears.lost);
    clearInterval(this.pulse);
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Send a frame now; false when the feed is away. */
  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private beat(): void {
    const slept = Date.now() - this.lastPulse > SLEPT_MS;
    this.lastPulse = Date.now();
    if (slept) this.open();
    else this.send({ type: "alive" });
  }

  private open(): void {
    clearTimeout(this.retry);
    const before = this.socket;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/console/live`);
    this.socket = socket;
    before?.close();
    socket.addEventListener("message", (event) => {
      const frame = this.socket === socket && typeof event.data === "string" ? readFrame(event.data) : null;
      if (frame?.type === "snapshot") this.failures = 0;
      if (frame) this.ears.heard(frame);
    });
    socket.addEventListener("close", () => {
      if (this.socket !== socket) return;
      this.ears.lost();
      this.retry = setTimeout(() => this.open(), this.wait());
    });
  }

  private wait(): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    return longest * (0.5 + Math.random() / 2);
  }
}

/** One's own account: signing in and out, password, one-time code, presence. */

import { type Api, asRefused } from "./api.ts";
import type { Presence, Session, TotpSetup } from "./protocol.ts";
import { colleagues, me, signIn } from "./store.ts";
import { warn } from "./toasts.ts";
import { problemOf } from "./words.ts";

/** The acts on one's own account. Those that a form waits for throw Refused. */
export class Account {
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  /** Find out who is signed in. */
  async look(): Promise<void> {
    try {
      this.entered(await this.api.get<Session>("me"));
    } catch (error) {
      const refused = asRefused(error);
      if (refused.code !== "not_signed_in") signIn.value = { at: "unreachable", refused };
      else if (signIn.value.at !== "out") signIn.value = { at: "out", because: null };
    }
  }

  async enter(name: string, password: string, totp: string | null): Promise<void> {
    this.entered(await this.api.post<Session>("login", totp === null ? { name, password } : { name, password, totp }));
  }

  async leave(): Promise<void> {
    try {
      await this.api.post("logout");
      signIn.value = { at: "out", because: null };
    } catch (error) {
      warn(problemOf(asRefused(error)));
    }
  }

  async changePassword(old: string, fresh: string): Promise<void> {
    await this.api.post("password", { old, new: fresh });
  }

  startTotp(): Promise<TotpSetup> {
    return this.api.post<TotpSetup>("totp/start");
  }

  async confirmTotp(code: string): Promise<void> {
    await this.api.post("totp/confirm", { code });
    await this.look();
  }

  /** Shown at once; put back if the server refuses. */
  async setPresence(state: Presence): Promise<void> {
    const before = colleagues.value;
    colleagues.value = before.map((one) => (one.id === me.value?.id ? { ...one, state } : one));
    try {
      await this.api.post("presence", { state });
    } catch (error) {
      colleagues.value = before;
      warn(problemOf(asRefused(error)));
    }
  }

  private entered(session: Session): void {
    this.api.csrf = session.csrf;
    signIn.value = { at: "in", session };
  }
}

/** The agents' accounts, as an admin sees and changes them. */

import { signal } from "@preact/signals";
import { type Api, asRefused } from "./api.ts";
import type { Agent, AgentChange, NewAgent } from "./protocol.ts";
import type { Loaded } from "./store.ts";

export const people = signal<Loaded<readonly Agent[]>>({ at: "loading" });

/** The acts on accounts. `add` and `change` throw Refused, for the form that asked. */
export class People {
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  async load(): Promise<void> {
    if (people.value.at === "failed") people.value = { at: "loading" };
    try {
      const found = await this.api.get<{ agents: readonly Agent[] }>("agents");
      people.value = { at: "ready", value: found.agents };
    } catch (error) {
      if (people.value.at !== "ready") people.value = { at: "failed", refused: asRefused(error) };
    }
  }

  async add(agent: NewAgent): Promise<void> {
    await this.api.post("agents", agent);
    await this.load();
  }

  async change(id: string, change: AgentChange): Promise<void> {
    await this.api.patch(`agents/${encodeURIComponent(id)}`, change);
    await this.load();
  }
}

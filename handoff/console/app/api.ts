/** Asks the console's server, and turns everything that can go wrong into one kind of error. */

const LONGEST_WAIT_MS = 20_000;

/** What the server refused, or why it could not be asked. */
export class Refused extends Error {
  readonly code: string;
  readonly retryAfter: number | null;

  constructor(code: string, detail: string, retryAfter: number | null = null) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** One signed-in page's way to the server. */
export class Api {
  /** Proves that a change comes from this page. */
  csrf = "";
  /** Called when the server no longer knows this session. */
  onSignedOut: () => void = () => undefined;

  get<T>(path: string): Promise<T> {
    return this.ask<T>("GET", path);
  }

  post<T = unknown>(path: string, body: object = {}, keepalive = false): Promise<T> {
    return this.ask<T>("POST", path, body, keepalive);
  }

  patch<T = unknown>(path: string, body: object): Promise<T> {
    return this.ask<T>("PATCH", path, body);
  }

  private async ask<T>(method: string, path: string, body?: object, keepalive = false): Promise<T> {
    const request: RequestInit = {
      method,
      keepalive,
      credentials: "same-origin",
      headers: { "X-CSRF-Token": this.csrf },
    };
    if (body) {
      request.headers = { ...request.headers, "Content-Type": "application/json" };
      request.body = JSON.stringify(body);
    }
    if (!keepalive) request.signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    let response: Response;
    try {
      response = await fetch(`/console/api/${path}`, request);
    } catch {
      throw new Refused("offline", "The server cannot be reached.");
    }
    if (response.ok) return (await response.json()) as T;
    const refused = await refusal(response);
    if (refused.code === "not_signed_in") this.onSignedOut();
    throw refused;
  }
}

async function refusal(response: Response): Promise<Refused> {
  try {
    const said = (await response.json()) as { code?: unknown; detail?: unknown; retry_after?: unknown };
    const retryAfter = typeof said.retry_after === "number" ? said.retry_after : null;
    if (typeof said.code === "string") return new Refused(said.code, String(said.detail ?? ""), retryAfter);
  } catch {
    // A proxy in between answers in its own words.
  }
  return new Refused("unavailable", `The server answered ${response.status}.`);
}

/** Any error as a Refused, so that screens have one thing to show. */
export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused("unavailable", String(error));
}

/** The page: the gate for whoever is not signed in, else the desk. */

import { account } from "../console.ts";
import { route } from "../route.ts";
import { isAdmin, signIn } from "../store.ts";
import { AccountPage } from "./account.tsx";
import { AgentsPage } from "./agents.tsx";
import { MustEnroll } from "./enroll.tsx";
import { Help } from "./help.tsx";
import { Inbox } from "./inbox.tsx";
import { Login } from "./login.tsx";
import { Mark } from "./mark.tsx";
import { Rail } from "./rail.tsx";
import { Failed } from "./states.tsx";
import { Toasts } from "./toasts.tsx";

export function App() {
  const now = signIn.value;
  switch (now.at) {
    case "starting":
      return (
        <main class="gate" aria-busy="true">
          <Mark />
        </main>
      );
    case "unreachable":
      return (
        <main class="gate">
          <Failed refused={now.refused} again={() => void account.look()} />
        </main>
      );
    case "out":
      return <Login because={now.because} />;
    case "in":
      return now.session.must_enroll_totp ? <MustEnroll /> : <Signed />;
  }
}

function Signed() {
  return (
    <div class="desk" data-page={pageName()}>
      <Rail />
      <Page />
      <Toasts />
      <Help />
    </div>
  );
}

function Page() {
  const now = route.value;
  if (now.page === "account") return <AccountPage />;
  if (now.page === "agents" && isAdmin.value) return <AgentsPage />;
  return <Inbox />;
}

/** What a phone, which has room for one thing only, shows. */
function pageName(): string {
  const now = route.value;
  if (now.page === "account" || (now.page === "agents" && isAdmin.value)) return now.page;
  if (now.page === "agents" || now.number === null) return "list";
  return now.details ? "details" : "conversation";
}

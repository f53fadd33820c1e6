/** The agents' console: starts the desk and shows it. */

import "./app.css";
import { render } from "preact";
import { start } from "./console.ts";
import { App } from "./view/app.tsx";

const place = document.getElementById("app");
if (place) {
  start();
  render(<App />, place);
}

/** Fits the chat to the screen: all of a phone's, above its keyboard. */

const PHONE = "(max-width: 479.98px)";

/** Whether the chat covers the whole screen. Says the same as the stylesheet. */
export function fullScreen(): boolean {
  return matchMedia(PHONE).matches;
}

/** A stylesheet that holds the size of what the keyboard leaves free, as custom properties. */
export function fitToKeyboard(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  const view = window.visualViewport;
  const fit = () => {
    // A pinch zoom changes the same numbers, and must not move anything.
    if (!view || view.scale > 1.01) return;
    sheet.replaceSync(`:host{--view-height:${view.height}px;--view-top:${view.offsetTop}px}`);
  };
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);
  return sheet;
}

const still = new CSSStyleSheet();
still.replaceSync("html{overflow:hidden!important}");

/** Keep the page behind a full-screen chat from scrolling. */
export function holdPageStill(hold: boolean): void {
  const others = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
  document.adoptedStyleSheets = hold ? [...others, still] : others;
}
